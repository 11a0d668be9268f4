"""GitHub on loopback. See README.md."""

from __future__ import annotations

from fakegithub.faults import Fault
from fakegithub.pulls import Comment, Pull
from fakegithub.repos import Repo
from fakegithub.server import NOON, Call, FakeGitHub
from fakegithub.state import Event

__all__ = ["NOON", "Call", "Comment", "Event", "FakeGitHub", "Fault", "Pull", "Repo"]
