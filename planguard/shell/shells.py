"""Shells, scripts, and code of other languages: everything that gets its commands as a text."""

from __future__ import annotations

import itertools
import re

from planguard.shell import programs, tools
from planguard.shell.walk import NOTHING, SOMETHING, Context, Refused, Shell, Text
from planguard.shell.words import HOLE

Argv = tuple[str, ...]


def script(shell: Shell, text: str, argv: Argv, context: Context, stdin: Text) -> Text:
    """A file that is run as a program."""
    first = text.split("\n", 1)[0]
    where = argv[0] if re.fullmatch(r"[\w./~-]{1,80}", argv[0]) else "a script"
    inside = context._replace(scope=context.scope.inner(argv[1:]), where=where, depth=context.depth + 1)
    if first.startswith("#!") and not re.search(r"\b(?:ba|z|da|k|fi|a)?sh\b", first):
        return _code(text, inside)
    return shell.text(text, inside, stdin)


def _code(text: str, context: Context) -> Text:
    """Code of another language is not followed; it is refused where it may start what must not run."""
    if tools.mentions(text) and programs.starts_programs(text):
        raise Refused("code of another language that can start what destroys", context.where, unclear=True)
    return SOMETHING


def given(shell: Shell, stdin: Text, context: Context) -> Text:
    """A shell reads its commands from a pipe or a file."""
    if not stdin.piped:
        return SOMETHING
    if stdin.text is not None and HOLE not in stdin.text:
        return shell.text(stdin.text, context)
    if stdin.hidden:
        raise Refused("a text for a shell that comes out of a decoder", context.where, unclear=True)
    if stdin.text is not None:
        shell.text(stdin.text, context)
    shell.doubt("a text for a shell that cannot be known beforehand", context)
    return SOMETHING


def run_shell(shell: Shell, argv: Argv, context: Context, stdin: Text) -> Text:
    """`bash` with a text, a file, or standard input."""
    args = argv[1:]
    index = 0
    while index < len(args) and args[index][:1] in ("-", "+") and args[index] not in ("-", "--"):
        arg = args[index]
        if arg in ("--rcfile", "--init-file") or re.fullmatch(r"[-+][a-zA-Z]*[oO]", arg):
            index += 2
            continue
        if arg == "--command" or (not arg.startswith("--") and "c" in arg[1:]):
            text, rest = (args[index + 1], args[index + 2 :]) if index + 1 < len(args) else ("", ())
            return _command_text(shell, text, context._replace(scope=context.scope.inner(rest[1:])), stdin)
        if arg == "-s" or (not arg.startswith("--") and "s" in arg[1:]):
            return given(shell, stdin, context._replace(scope=context.scope.inner(args[index + 1 :])))
        if arg == "-n":
            return NOTHING  # it only looks whether the syntax is right
        index += 1
    rest = tuple(arg for arg in args[index:] if arg not in ("-", "--"))
    if not rest or rest[0] in ("/dev/stdin", "/dev/fd/0"):
        return given(shell, stdin, context)
    found = shell.file(rest[0], context)
    if found is not None:
        return script(shell, found, rest, context, stdin)
    if HOLE in rest[0] or rest[0].removeprefix("./") in context.scope.files:
        shell.doubt("a script that cannot be read beforehand", context)
    return SOMETHING


def _command_text(shell: Shell, text: str, context: Context, stdin: Text) -> Text:
    if text.strip(HOLE + " ") == "":
        shell.doubt("a command line that cannot be known beforehand", context)
        return SOMETHING
    return shell.text(text, context, stdin)


def evaluate(shell: Shell, argv: Argv, context: Context, stdin: Text) -> Text:
    """`eval`."""
    return _command_text(shell, " ".join(argv[1:]), context, stdin) if argv[1:] else NOTHING


def source(shell: Shell, argv: Argv, context: Context, stdin: Text) -> Text:
    """`source FILE`."""
    if not argv[1:]:
        return NOTHING
    if argv[1] in ("/dev/stdin", "-"):
        return given(shell, stdin, context)
    text = shell.file(argv[1], context)
    if text is not None:
        return shell.text(text, context._replace(where=argv[1] if not argv[1].startswith("/dev/") else context.where))
    if HOLE in argv[1] or argv[1].removeprefix("./") in context.scope.files:
        shell.doubt("a script that cannot be read beforehand", context)
    return SOMETHING


def foreign(shell: Shell, argv: Argv, context: Context, stdin: Text) -> Text:
    """python, node and the like: with code, a script, or a module that is a program of its own."""
    args = argv[1:]
    if args[:1] == ("-m",) and len(args) > 1 and (args[1] in programs.OWN or tools.tool(args[1])):
        return shell.run(args[1:], context, stdin)
    code = [second for first, second in itertools.pairwise(args) if re.fullmatch(r"-[a-zA-Z]*[cerEBp]|--eval", first)]
    if "awk" in programs.base(argv[0]):
        code = list(args[:2])
    path = next((arg for arg in args if not arg.startswith("-")), None)
    if path is not None and not code:
        code = [shell.file(path, context) or ""]
    elif stdin.piped and not code:
        code = [stdin.text or ""]
    for text in code:
        _code(text, context)
    return SOMETHING


def texts(shell: Shell, arguments: list[str], context: Context) -> None:
    """Walk through those arguments that may be command lines."""
    for text in arguments:
        if re.search(r"\s", text.strip()):
            shell.text(text, context)
