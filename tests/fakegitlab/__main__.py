"""`python -m fakegitlab`: serve until standard input ends."""

from __future__ import annotations

import argparse
import json
import sys

from fakegitlab.server import FakeGitLab


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m fakegitlab", description="GitLab on loopback")
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    parser.add_argument("--project", default="acme/infra")
    given = parser.parse_args()
    with FakeGitLab.start(port=given.port) as lab:
        lab.project(given.project)
        print(json.dumps({"url": lab.url, "token": lab.token(), "project": given.project}), flush=True)
        sys.stdin.read()
    return 0


if __name__ == "__main__":
    sys.exit(main())
