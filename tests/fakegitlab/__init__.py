"""GitLab on loopback. See README.md."""

from __future__ import annotations

from fakegitlab.server import NOON, Call, FakeGitLab
from fakegitlab.state import Merge, Note, Project

__all__ = ["NOON", "Call", "FakeGitLab", "Merge", "Note", "Project"]
