"""Programs that run others, each in its way: `xargs`, `find`, `ssh`, `make`, `npm`, and what the shell itself has."""

from __future__ import annotations

import itertools
import re
import shlex

from planguard.shell import files, programs, tools
from planguard.shell.shells import given, texts
from planguard.shell.walk import NOTHING, SOMETHING, Context, Refused, Shell, Text
from planguard.shell.words import HOLE, names

Argv = tuple[str, ...]


def alias(shell: Shell, argv: Argv, context: Context, stdin: Text) -> Text:
    """A word that an alias stands for."""
    text = context.scope.aliases.pop(argv[0])
    try:
        return shell.text(f"{text} {shlex.join(argv[1:])}", context, stdin)
    finally:
        context.scope.aliases[argv[0]] = text


def set_alias(shell: Shell, argv: Argv, context: Context, stdin: Text) -> Text:
    """`alias tf=terraform`."""
    for arg in argv[1:]:
        name, equals, value = arg.partition("=")
        if equals:
            context.scope.aliases[name] = value
    return NOTHING


def set_arguments(shell: Shell, argv: Argv, context: Context, stdin: Text) -> Text:
    """`set -- terraform destroy`."""
    if "--" in argv:
        context.scope.arguments = argv[argv.index("--") + 1 :]
    elif argv[1:] and argv[1][:1] not in ("-", "+"):
        context.scope.arguments = argv[1:]
    return NOTHING


def read(shell: Shell, argv: Argv, context: Context, stdin: Text) -> Text:
    """`read NAME`: what comes in is the variable's value."""
    names = [arg for arg in argv[1:] if re.fullmatch(r"[A-Za-z_]\w*", arg)]
    lines = stdin.text.splitlines() if stdin.text is not None else [HOLE]
    for name in names:
        context.scope.set(name, lines[:20] or [""], perhaps=context.branch)
    return NOTHING


def cd(shell: Shell, argv: Argv, context: Context, stdin: Text) -> Text:
    """Where later scripts are looked for."""
    path = argv[1] if len(argv) > 1 else HOLE
    if HOLE not in path and path != "-":
        before = "" if path.startswith(("/", "~")) else context.scope.folder
        context.scope.folder = f"{before}{path.rstrip('/')}/" if path != "." else before
    return NOTHING


def copy(shell: Shell, argv: Argv, context: Context, stdin: Text) -> Text:
    """A copy of, or a link to, a tool is that tool."""
    paths = [arg for arg in argv[1:] if not arg.startswith("-")]
    if len(paths) > 1:
        found = tools.tool(paths[0])
        if found is not None:
            context.scope.renamed[paths[-1].removeprefix("./")] = found
        text = shell.file(paths[0], context)
        if text is not None or paths[0].removeprefix("./") in context.scope.files:
            shell.write(paths[-1], text, context, append=False)
    return NOTHING


def remove(shell: Shell, argv: Argv, context: Context, stdin: Text) -> Text:
    """A state file that is deleted takes the knowledge of everything in it along."""
    if any(arg.endswith((".tfstate", ".tfstate.backup")) for arg in argv[1:]):
        raise Refused("rm, of a Terraform state", context.where)
    return NOTHING


def xargs(shell: Shell, argv: Argv, context: Context, stdin: Text) -> Text:
    """The command that xargs runs, with what comes in."""
    args = argv[1:]
    start = programs.after_options(args, "InPLdEsa")
    sign = next(
        (args[i + 1] if arg == "-I" else arg[2:] for i, arg in enumerate(args[:start]) if arg.startswith("-I")), ""
    )
    for first, path in itertools.pairwise(args[:start]):
        if first in ("-a", "--arg-file"):
            stdin = Text(shell.file(path, context), piped=True)
    given = stdin.text if stdin.text is not None else HOLE
    if sign:
        command = tuple(arg.replace(sign, given.strip()) for arg in args[start:])
    else:
        command = (*args[start:], *given.split()[:50])
    return shell.run(command, context, NOTHING) if args[start:] else Text(stdin.text, piped=True)


def tee(shell: Shell, argv: Argv, context: Context, stdin: Text) -> Text:
    """Writes what comes in into files, and passes it on."""
    for path in argv[1:]:
        if not path.startswith("-"):
            shell.write(path, stdin.text, context, append="-a" in argv)
    return Text(stdin.text, piped=True, hidden=stdin.hidden)


def find(shell: Shell, argv: Argv, context: Context, stdin: Text) -> Text:
    """What `find` runs for every file."""
    for index, arg in enumerate(argv):
        if arg in ("-exec", "-execdir", "-ok", "-okdir"):
            rest = argv[index + 1 :]
            end = next((i for i, word in enumerate(rest) if word in (";", "+")), len(rest))
            shell.run(tuple(word.replace("{}", HOLE) for word in rest[:end]), context, NOTHING)
    return SOMETHING


def ssh(shell: Shell, argv: Argv, context: Context, stdin: Text) -> Text:
    """What runs on the other side."""
    args = argv[1:]
    start = programs.after_options(args, "iploFJLRDWbcEeImOQSwB")
    remote = context._replace(where=context.where or "the remote command")
    rest = args[start + 1 :]
    return shell.text(" ".join(rest), remote) if rest else given(shell, stdin, remote)


def at(shell: Shell, argv: Argv, context: Context, stdin: Text) -> Text:
    """Commands for later, from standard input."""
    return given(shell, stdin, context)


def trap(shell: Shell, argv: Argv, context: Context, stdin: Text) -> Text:
    """What runs at the end."""
    return shell.text(argv[1], context) if len(argv) > 2 and not argv[1].startswith("-") else NOTHING


def command(shell: Shell, argv: Argv, context: Context, stdin: Text) -> Text:
    """`command NAME …`; with -v it only looks."""
    if any(arg in ("-v", "-V") for arg in argv[1:2]):
        return Text("\n".join(argv[2:]), piped=True)
    return shell.run(argv[1:], context, stdin) if argv[1:] else NOTHING


def git(shell: Shell, argv: Argv, context: Context, stdin: Text) -> Text:
    """The few ways in which git runs something."""
    args = argv[1:]
    if args[:2] == ("bisect", "run"):
        shell.run(args[2:], context, stdin)
    if args[:2] == ("submodule", "foreach") or (
        args[:1] == ("rebase",) and any(arg in ("-x", "--exec") for arg in args)
    ):
        texts(shell, [*args[2:], " ".join(args[2:])], context)
    for arg in args:
        if arg.startswith("alias.") and "=!" in arg:
            shell.text(arg.partition("=!")[2], context)
        if arg.startswith("--exec="):
            shell.text(arg.partition("=")[2], context)
    return SOMETHING


def make(shell: Shell, argv: Argv, context: Context, stdin: Text) -> Text:
    """The recipes of the targets."""
    targets, given, folder, names = [], {}, "", list(files.MAKEFILES)
    words = iter(argv[1:])
    for arg in words:
        if arg in ("-C", "--directory"):
            folder = next(words, "").rstrip("/") + "/"
        elif arg in ("-f", "--file", "--makefile"):
            names = [next(words, "")]
        elif arg in ("-n", "--dry-run", "--just-print", "--recon", "-q"):
            return SOMETHING
        elif programs.ASSIGNMENT.fullmatch(arg):
            name, _, value = arg.partition("=")
            given[name] = value
        elif not arg.startswith("-"):
            targets.append(arg)
    text = next((found for name in names if (found := shell.file(folder + name, context)) is not None), None)
    where = f"make {targets[0]}" if targets and re.fullmatch(r"[\w./-]{1,60}", targets[0]) else "the Makefile"
    if text is not None:
        shell.text(
            "\n".join(files.recipes(text, targets, given)), context._replace(where=where, depth=context.depth + 1)
        )
    return SOMETHING


_NPM_OWN = names("install i ci add remove update publish pack login view audit outdated init link version list ls")


def npm(shell: Shell, argv: Argv, context: Context, stdin: Text) -> Text | None:
    """The scripts of package.json; None where there is no such script."""
    base, words = programs.base(argv[0]), [arg for arg in argv[1:] if not arg.startswith("-")]
    if not words or words[0] in _NPM_OWN:
        return SOMETHING
    runs = words[0] in ("run", "run-script", "rum")
    name = words[1] if runs and len(words) > 1 else words[0]
    if runs or base != "npm" or name in ("test", "start", "stop", "restart", "t"):
        package = shell.file("package.json", context)
        lines = files.script(package, name) if package is not None else []
        more = " ".join(map(shlex.quote, argv[argv.index(name) + 1 :])) if len(lines) == 1 else ""
        where = f"the npm script {name}" if re.fullmatch(r"[\w:./-]{1,60}", name) else "an npm script"
        for line in lines:
            shell.text(f"{line} {more}".replace(" -- ", " "), context._replace(where=where, depth=context.depth + 1))
        if lines or runs:
            return SOMETHING
    return None
