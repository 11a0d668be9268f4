"""What one command does: judge it if it is a tool that is watched, else go into whatever it runs.

The only place that knows what `sudo`, `xargs`, `ssh`, `make` or `bash -c` do with their arguments.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable

from planguard.shell import output, programs, runners, shells, tools
from planguard.shell.walk import NOTHING, SOMETHING, Context, Refused, Shell, Text
from planguard.shell.words import HOLE

Argv = tuple[str, ...]
Handler = Callable[[Shell, Argv, Context, Text], Text | None]
"""None: it is a program like any other after all."""

_IMAGE = re.compile(r"(?:[\w.-]+(?::[0-9]+)?/)*([\w-]+)(?:[:@][\w.:-]+)?")


def run(shell: Shell, argv: Argv, context: Context, stdin: Text) -> Text:
    """Judge one command; returns what it prints, as far as that is known. Raises Refused."""
    while argv and programs.ASSIGNMENT.fullmatch(argv[0]):
        argv = argv[1:]
    if not argv:
        return NOTHING
    name, args = argv[0], argv[1:]
    if name in context.scope.aliases:
        return runners.alias(shell, argv, context, stdin)
    if name in context.scope.functions:
        return shell.call(context.scope.functions[name], context, args, stdin)
    if HOLE in name or any(sign in name for sign in "*?["):
        _unknown(shell, argv, context)
    base = programs.base(name)
    if base in programs.OWN:
        return _own(shell, argv, context, stdin)
    found = context.scope.renamed.get(name.removeprefix("./")) or tools.tool(name)
    if found is not None:
        return _tool(shell, found, argv, context, stdin)
    handler = _HANDLERS.get(base)
    if handler is not None:
        done = handler(shell, argv, context, stdin)
        return _other(shell, argv, context, stdin) if done is None else done
    if base in programs.SHELLS:
        return shells.run_shell(shell, argv, context, stdin)
    if programs.INTERPRETERS.fullmatch(base):
        return shells.foreign(shell, argv, context, stdin)
    if base in programs.DATA or base in programs.DECODERS:
        return output.printed(base, args, stdin, lambda path: shell.file(path, context))
    return _other(shell, argv, context, stdin)


def _refuse(what: str | None, context: Context) -> None:
    if what is not None:
        raise Refused(what, context.where, unclear=tools.UNKNOWN in what)


# --- tools and what is unknown ----------------------------------------------------------------------------------------


def _tool(shell: Shell, name: str, argv: Argv, context: Context, stdin: Text) -> Text:
    args = argv[1:]
    _refuse(tools.danger(name, args), context)
    if name == "kubectl" and "delete" in args[:3]:
        for flag, path in itertools.pairwise(args):
            if flag in ("-f", "--filename") and tools.holds_data(shell.file(path, context) or ""):
                raise Refused("kubectl delete -f, of a file that holds data", context.where)
    if name in ("kubectl", "terragrunt", "gcloud", "aws", "atmos"):
        shells.texts(shell, [arg.partition("=")[2] or arg for arg in args if "command" in arg], context)
        return _inner(shell, argv, context, stdin)
    return SOMETHING


def _unknown(shell: Shell, argv: Argv, context: Context) -> None:
    """The program's name is not known, or only in part."""
    name, args = argv[0], argv[1:]
    guess = tools.may_be(name)
    if guess is not None:
        _refuse(tools.danger(guess, args), context)
    _refuse(tools.danger_of_unknown(args), context)
    if HOLE in name and not any(_interesting(arg, context) for arg in args):
        shell.doubt("a command whose name cannot be known beforehand", context)


def _own(shell: Shell, argv: Argv, context: Context, stdin: Text) -> Text:
    """planguard itself asks for consent. A script that only bears its name is a script."""
    text = shell.file(argv[0], context) if "/" in argv[0] else None
    if text is not None and not re.match(r"#!.*python", text):
        return shell.text(text, context._replace(scope=context.scope.inner(argv[1:]), where=argv[0]), stdin)
    return SOMETHING


def _other(shell: Shell, argv: Argv, context: Context, stdin: Text) -> Text:
    """Any other program: it may be a script, and it may run what follows in its arguments."""
    if "/" in argv[0] or argv[0].endswith((".sh", ".bash")):
        text = shell.file(argv[0], context)
        if text is not None:
            return shells.script(shell, text, argv, context, stdin)
    if "-auto-approve" in argv:
        raise Refused("-auto-approve", context.where)
    if programs.base(argv[0]) in programs.TEXT_RUNNERS:
        shells.texts(shell, [re.sub(r"^--?[\w-]+=", "", arg) for arg in argv[1:]], context)
    return _inner(shell, argv, context, stdin)


def _inner(shell: Shell, argv: Argv, context: Context, stdin: Text) -> Text:
    """Go to the first argument that is a program of interest, and take it and what follows for a command."""
    base = programs.base(argv[0])
    if base in programs.CONTAINERS:
        _entrypoint(argv, context)
    for number, word in enumerate(argv[1:], 1):
        if _interesting(word, context):
            printed = run(shell, argv[number:], context._replace(depth=context.depth + 1), stdin)
            if tools.tool(word) is None:
                return printed  # else it may be no more than a name: `docker compose run tf terraform destroy`
        if base in programs.WRAPPERS and ("/" in word or word.endswith(".sh") or word in context.scope.files):
            text = shell.file(word, context)
            if text is not None:
                return shells.script(shell, text, argv[number:], context, stdin)
        if base in programs.CONTAINERS and (image := _IMAGE.fullmatch(word)) and (":" in word or "/" in word):
            found = tools.tool(image.group(1))
            if found is not None:
                return _tool(shell, found, argv[number:], context, stdin)
        if base in programs.WRAPPERS and word.startswith(HOLE):
            _unknown(shell, argv[number:], context)
    return SOMETHING


def _entrypoint(argv: Argv, context: Context) -> None:
    """`docker run --entrypoint terraform IMAGE destroy`: what follows the image are its arguments."""
    for number, arg in enumerate(argv):
        given = arg.partition("=")[2] if arg.startswith("--entrypoint=") else argv[number + 1 : number + 2]
        found = tools.tool("".join(given)) if arg.startswith("--entrypoint") else None
        for later in range(number + 1, len(argv) if found else 0):
            _refuse(tools.danger(found or "", argv[later:]), context)


def _interesting(word: str, context: Context) -> bool:
    base = programs.base(word)
    return (
        tools.tool(word) is not None
        or base in _HANDLERS
        or base in programs.SHELLS
        or base in programs.OWN
        or word in context.scope.functions
        or word in context.scope.aliases
        or word.removeprefix("./") in context.scope.renamed
        or programs.INTERPRETERS.fullmatch(base) is not None
    )


_HANDLERS: dict[str, Handler] = {
    "eval": shells.evaluate,
    "source": shells.source,
    ".": shells.source,
    "alias": runners.set_alias,
    "set": runners.set_arguments,
    "read": runners.read,
    "cd": runners.cd,
    **dict.fromkeys(("cp", "ln", "mv", "install"), runners.copy),
    **dict.fromkeys(("rm", "shred", "unlink"), runners.remove),
    "xargs": runners.xargs,
    "tee": runners.tee,
    "find": runners.find,
    "ssh": runners.ssh,
    **dict.fromkeys(("at", "batch", "crontab"), runners.at),
    "trap": runners.trap,
    "command": runners.command,
    "git": runners.git,
    **dict.fromkeys(("make", "gmake"), runners.make),
    **dict.fromkeys(("npm", "yarn", "pnpm", "bun"), runners.npm),
}
