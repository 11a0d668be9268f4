"""`python -m fakegithub`: serve until standard input ends."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime

from fakegithub.server import NOON, FakeGitHub


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m fakegithub", description="GitHub on loopback")
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    parser.add_argument("--repository", default="acme/infra")
    parser.add_argument("--ghes", action="store_true", help="serve the API below /api/v3")
    parser.add_argument("--now", action="store_true", help="begin at this moment; the clock stands still all the same")
    given = parser.parse_args()
    with FakeGitHub.start(port=given.port, ghes=given.ghes, now=datetime.now(UTC) if given.now else NOON) as hub:
        hub.repo(given.repository)
        print(json.dumps({"url": hub.url, "token": hub.token(), "repository": given.repository}), flush=True)
        sys.stdin.read()
    return 0


if __name__ == "__main__":
    sys.exit(main())
