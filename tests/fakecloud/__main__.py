"""The command line of the fake cloud; the package's docstring says what it is for."""

from __future__ import annotations

import sys
from pathlib import Path

import fakecloud


def main(arguments: list[str]) -> int:
    """Run one command; 2 is a usage error."""
    match arguments:
        case ["serve", name]:
            from fakecloud.server import serve

            serve(name)
        case ["mirror", directory]:
            from fakecloud.mirror import write_mirror

            print(write_mirror(Path(directory)))
        case ["state", port, directory]:
            from fakecloud.state_server import state_server

            state_server(int(port), Path(directory)).serve_forever()
        case _:
            print(fakecloud.__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
