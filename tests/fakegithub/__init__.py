"""GitHub on loopback. See README.md."""

from __future__ import annotations

from fakegithub.faults import Fault
from fakegithub.server import NOON, Call, FakeGitHub
from fakegithub.state import Comment, Event, Pull, Repo

__all__ = ["NOON", "Call", "Comment", "Event", "FakeGitHub", "Fault", "Pull", "Repo"]
