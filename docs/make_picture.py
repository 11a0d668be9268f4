"""Draws docs/images/check.svg: a real run of `planguard check` in a terminal, as an SVG without any remote font.

    python docs/make_picture.py PLAN [OPTION…]      options are passed on to `planguard check`

Needs a system with pseudo-terminals, because colours and fine lines are only there in a terminal.
"""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

WIDTH = 84
TARGET = Path(__file__).parent / "images" / "check.svg"
THEME = TerminalTheme(
    (24, 26, 31),
    (212, 215, 222),
    [(24, 26, 31), (196, 62, 68), (126, 184, 108), (226, 185, 88), (97, 150, 224), (178, 130, 214), (86, 182, 194),
     (212, 215, 222)],
    [(92, 99, 112), (224, 108, 117), (152, 195, 121), (229, 192, 123), (120, 170, 240), (198, 150, 230),
     (110, 200, 210), (255, 255, 255)],
)  # fmt: skip
FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"


def svg_format() -> str:
    """The page that rich would write, without fonts from elsewhere."""
    page = re.sub(r"@font-face \{\{.*?\}\}\n", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    page = page.replace("Fira Code, monospace", FONTS).replace("font-family: arial", "font-family: sans-serif")
    return re.sub(r"[ \t]+$", "", page, flags=re.MULTILINE)


def run(arguments: list[str]) -> str:
    """What `planguard check` prints in a terminal, with its colours."""
    main, side = pty.openpty()
    env = {**os.environ, "COLUMNS": str(WIDTH), "TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8"}
    env.pop("NO_COLOR", None)
    command = [sys.executable, "-m", "planguard", "check", *arguments]
    with subprocess.Popen(command, stdout=side, stdin=subprocess.DEVNULL, env=env) as process:
        os.close(side)
        printed = b""
        while True:
            try:
                piece = os.read(main, 65536)
            except OSError:  # Linux reports the end of a pseudo-terminal as an error
                break
            if not piece:
                break
            printed += piece
    os.close(main)
    if process.returncode not in (0, 10, 11):
        raise SystemExit(f"planguard check ended with {process.returncode}")
    return printed.decode("utf-8").replace("\r\n", "\n")


def draw(printed: str, command: str) -> str:
    """The SVG of a terminal with this command and what it printed."""
    console = Console(record=True, width=WIDTH, file=StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.assemble(("$ ", "dim"), (command, "bold"), "\n"))
    console.print(Text.from_ansi(printed.rstrip("\n")), soft_wrap=True)
    return console.export_svg(title="planguard", theme=THEME, code_format=svg_format())


def main() -> None:
    """Runs the check that the command line names and writes the picture."""
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    command = f"planguard check {' '.join(sys.argv[1:])}"
    TARGET.write_text(draw(run(sys.argv[1:]), command), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
