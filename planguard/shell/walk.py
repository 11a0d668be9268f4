"""Walks through a piece of shell as the shell would, and stops at the first command that must not run.

Owns the order of things: what is set before it is used, what flows from one command into the next, what stands in a
file that was written a moment ago. What a single command does is judged in `run`. Nothing is executed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from planguard.shell.syntax import below, parse, source
from planguard.shell.tools import mentions
from planguard.shell.words import HOLE, Scope, Words, names

if TYPE_CHECKING:
    from tree_sitter import Node

MOST_COMMANDS = 3000
"""In one text. A script with more of them (`./configure`) is only searched for what it mentions."""
MOST_OVERALL = 12_000
MOST_DEPTH = 30
_CONTINUED = re.compile(r"(?<=[\w\"'])\\\n(?=[\w\"'])")
_SUBSTITUTIONS = ("command_substitution", "process_substitution")
_BRANCHES = names("if_statement elif_clause else_clause while_statement case_statement case_item c_style_for_statement")


class Refused(Exception):
    """The walk has met something that must not run."""

    def __init__(self, what: str, where: str, *, unclear: bool = False) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.unclear = unclear


class _TooMany(Exception):
    """A text has more commands than are looked at."""


class Text(NamedTuple):
    """What flows through a pipe."""

    text: str | None = None
    """None: not known."""
    piped: bool = False
    """Whether anything flows at all."""
    hidden: bool = False
    """Whether it comes out of a decoder, so that nobody could read it on the way in."""


NOTHING = Text()
SOMETHING = Text(None, piped=True)


class Context(NamedTuple):
    """Where the walk is."""

    scope: Scope
    where: str
    """The file or script; empty in the command line itself."""
    depth: int = 0
    branch: bool = False
    """Whether this may or may not run."""


Runner = Callable[["Shell", tuple[str, ...], Context, Text], Text]


class Shell:
    """One walk, over a command line and all that it runs."""

    def __init__(self, run: Runner, read: Callable[[str], str | None]) -> None:
        self._run = run
        self._read = read
        self._count = 0
        self._overall = 0
        self._texts: list[str] = []
        self._doubts: list[tuple[str, str]] = []

    # --- for `run` ----------------------------------------------------------------------------------------------------

    def run(self, argv: tuple[str, ...], context: Context, stdin: Text = NOTHING) -> Text:
        """Judge one command. Raises Refused."""
        if context.depth > MOST_DEPTH:
            return self._too_deep(context)
        return self._run(self, argv, context._replace(depth=context.depth + 1), stdin)

    def text(self, text: str, context: Context, stdin: Text = NOTHING) -> Text:
        """Walk through a text. Raises Refused."""
        self._texts.append(text)
        if context.depth > MOST_DEPTH:
            return self._too_deep(context)
        # The grammar ends a word where a line is continued in the middle of it.
        root = parse(_CONTINUED.sub("", text))
        before = self._count
        try:
            printed = self._walk(root, context._replace(depth=context.depth + 1), stdin)
        except _TooMany:
            if not context.where or mentions(text) or self._overall > MOST_OVERALL:
                raise Refused("more commands than can be looked at", context.where, unclear=True) from None
            self._count = before
            return SOMETHING
        if root.has_error and mentions(text):
            raise Refused("a line whose syntax is not understood", context.where, unclear=True)
        return printed

    def file(self, path: str, context: Context) -> str | None:
        """The text of a file: as it was just written, or as it lies there."""
        if HOLE in path or not path:
            return None
        if path.removeprefix("./") in context.scope.files:
            return context.scope.files[path.removeprefix("./")]
        return self._read(path if path.startswith(("/", "~")) else f"{context.scope.folder}{path}")

    def doubt(self, what: str, context: Context) -> None:
        """Something cannot be known. It matters only where the text names a tool and what it destroys with."""
        self._doubts.append((what, context.where))

    def _too_deep(self, context: Context) -> Text:
        self.doubt("commands within commands, too deep to follow", context)
        return SOMETHING

    def settle(self) -> None:
        """Raise Refused where a doubt remains and matters."""
        if self._doubts and any(map(mentions, self._texts)):
            what, where = self._doubts[0]
            raise Refused(what, where, unclear=True)

    # --- the tree -----------------------------------------------------------------------------------------------------

    def _walk(self, node: Node, context: Context, stdin: Text) -> Text:
        kind = node.type
        if kind == "command":
            return self._command(node, context, stdin, ())
        if kind == "redirected_statement":
            return self._redirected(node, context, stdin)
        if kind == "pipeline":
            for child in node.named_children:
                stdin = self._walk(child, context, stdin)
            return stdin
        if kind in ("variable_assignment", "variable_assignments", "declaration_command", "unset_command"):
            self._assignments(node, context)
            return NOTHING
        if kind == "function_definition":
            return self._function(node, context)
        if kind == "for_statement":
            self._loop(node, context)
            return self._all([child for child in node.named_children if child.type == "do_group"], context, stdin)
        if kind in ("comment", "heredoc_body", "word", "variable_name"):
            return NOTHING
        if kind in ("test_command", "arithmetic_expansion", "compound_assignment", *_SUBSTITUTIONS):
            return self._substitutions(node, context)
        return self._all(node.named_children, context._replace(branch=context.branch or kind in _BRANCHES), stdin)

    def _all(self, nodes: Sequence[Node], context: Context, stdin: Text) -> Text:
        """One after the other; together they print what each prints."""
        printed: list[Text] = []
        for node in nodes:
            if node.type in ("string", "simple_expansion", "expansion", "concatenation", "command_name"):
                self._words(context).fields(node)  # what a case or an erroneous line names; it may hold a substitution
            elif node.type not in ("comment", "word", "variable_name"):
                printed.append(self._walk(node, context, stdin))
        texts = [one.text for one in printed if one.piped]
        if not texts:
            return NOTHING
        known = None if None in texts or context.branch else "".join(text or "" for text in texts)
        return Text(known, piped=True, hidden=any(one.hidden for one in printed))

    def _command(self, node: Node, context: Context, stdin: Text, extra: Sequence[Node]) -> Text:
        self._count += 1
        self._overall += 1
        if self._count > MOST_COMMANDS or self._overall > MOST_OVERALL:
            raise _TooMany
        words = []
        for child in node.named_children:
            if child.type == "variable_assignment":
                self._assign(child, context._replace(branch=True))
            elif child.type == "herestring_redirect":
                stdin = self._herestring(child, context)
            elif child.type == "file_redirect":
                stdin, late = self._into(child, context, stdin)
                words.extend(late)
            else:
                words.append(child)
        readings = self._words(context).readings([*words, *extra])
        printed = [self._run(self, reading, context, stdin) for reading in dict.fromkeys(readings) if reading]
        return printed[0] if len(printed) == 1 else SOMETHING

    def _words(self, context: Context) -> Words:
        return Words(context.scope, lambda node: self._substitutions(node, context).text)

    def _substitutions(self, node: Node, context: Context) -> Text:
        """What the substitutions in a node run, or, for one of them, what it prints."""
        if context.depth > MOST_DEPTH:
            return self._too_deep(context)
        deeper = context._replace(depth=context.depth + 1)
        if node.type not in _SUBSTITUTIONS:
            for inner in below(node, *_SUBSTITUTIONS):
                self._substitutions(inner, deeper)
            return NOTHING
        files = [child for child in node.named_children if child.type == "file_redirect"]
        if files and len(node.named_children) == 1:
            return self._into(files[0], context, NOTHING)[0]
        printed = self._all(node.named_children, deeper._replace(branch=False), NOTHING)
        return printed if printed.piped else Text("", piped=True)

    # --- variables ----------------------------------------------------------------------------------------------------

    def _assignments(self, node: Node, context: Context) -> None:
        if node.type == "variable_assignment":
            self._assign(node, context)
            return
        for child in node.named_children:
            if child.type == "variable_assignment":
                self._assign(child, context)
            elif child.type not in ("variable_name", "word"):
                self._words(context).fields(child)

    def _assign(self, node: Node, context: Context) -> None:
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if name is None:
            return
        values = self._words(context).text(value) if value is not None else [""]
        key = source(name).split("[", 1)[0]
        if any(child.type == "+=" for child in node.children):
            values = [old + new for old in context.scope.values.get(key, ("",)) for new in values]
        context.scope.set(key, values, perhaps=context.branch)

    def _function(self, node: Node, context: Context) -> Text:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if name is not None and body is not None:
            context.scope.functions[source(name)] = body
        return NOTHING

    def call(self, body: Node, context: Context, arguments: tuple[str, ...], stdin: Text) -> Text:
        """Walk through the body of a function."""
        if context.depth > MOST_DEPTH:
            return SOMETHING  # it calls itself; its commands have been seen
        return self._walk(body, context._replace(scope=context.scope.inner(arguments), depth=context.depth + 1), stdin)

    def _loop(self, node: Node, context: Context) -> None:
        name = node.child_by_field_name("variable")
        words = self._words(context)
        fields = [fields for value in node.children_by_field_name("value") for fields in words.fields(value)]
        values = [field for one in fields for field in one] or [HOLE]
        if name is not None:
            context.scope.set(source(name), values, perhaps=context.branch)

    # --- redirections -------------------------------------------------------------------------------------------------

    def _redirected(self, node: Node, context: Context, stdin: Text) -> Text:
        body = node.child_by_field_name("body")
        extra: list[Node] = []
        after: list[Node] = []
        into: list[Node] = []
        for redirect in node.children_by_field_name("redirect"):
            if redirect.type == "heredoc_redirect":
                stdin = self._heredoc(redirect, context)
                for child in redirect.named_children:
                    if child.type == "file_redirect":
                        into.append(child)
                    elif child.type in ("heredoc_start", "heredoc_body", "heredoc_end", "file_descriptor"):
                        continue
                    elif child.type in (
                        "word",
                        "string",
                        "raw_string",
                        "concatenation",
                        "simple_expansion",
                        "expansion",
                    ):
                        extra.append(child)
                    else:
                        after.append(child)
            elif redirect.type == "herestring_redirect":
                stdin = self._herestring(redirect, context)
            else:
                into.append(redirect)
        for redirect in into:
            stdin, late = self._into(redirect, context, stdin)
            extra.extend(late)
        printed = self._body(body, context, stdin, extra)
        for redirect in into:
            self._written(redirect, context, printed)
        for node_after in after:
            printed = self._walk(
                node_after, context, printed if node_after.type in ("pipeline", "command") else NOTHING
            )
        return printed

    def _body(self, body: Node | None, context: Context, stdin: Text, extra: Sequence[Node]) -> Text:
        if body is not None and body.type == "command":
            return self._command(body, context, stdin, extra)
        if body is not None:
            return self._walk(body, context, stdin)
        readings = self._words(context).readings(extra)  # `> log terraform destroy`
        printed = [self._run(self, reading, context, stdin) for reading in readings if reading]
        return printed[0] if printed else stdin

    def _heredoc(self, node: Node, context: Context) -> Text:
        start = next((source(child) for child in node.named_children if child.type == "heredoc_start"), "")
        body = next((child for child in node.named_children if child.type == "heredoc_body"), None)
        if body is None:
            return Text("", piped=True)
        if any(mark in start for mark in "'\"\\"):
            return Text(source(body), piped=True)
        self._substitutions(body, context)
        texts = self._words(context).text(body)
        return Text(texts[0] if len(texts) == 1 else None, piped=True)

    def _herestring(self, node: Node, context: Context) -> Text:
        texts = [text for child in node.named_children for text in self._words(context).text(child)]
        return Text(texts[0] if len(texts) == 1 and HOLE not in texts[0] else None, piped=True)

    def _into(self, node: Node, context: Context, stdin: Text) -> tuple[Text, list[Node]]:
        """Standard input as this redirection makes it, and words that the grammar takes for a second target."""
        targets = node.children_by_field_name("destination")
        if any(child.type in ("<", "<>") for child in node.children) and targets:
            path = self._words(context).text(targets[0])[0]
            stdin = Text(self.file(path, context), piped=True)
        elif targets:
            self._words(context).fields(targets[0])
        return stdin, targets[1:]

    def _written(self, node: Node, context: Context, printed: Text) -> None:
        """Remember what a command has written into a file."""
        signs = {child.type for child in node.children}
        targets = node.children_by_field_name("destination")
        if not targets or not signs & {">", ">>", ">|", "&>", "&>>"}:
            return
        self.write(self._words(context).text(targets[0])[0], printed.text, context, append=bool(signs & {">>", "&>>"}))

    def write(self, path: str, text: str | None, context: Context, *, append: bool) -> None:
        """A file has been written, with a text that may not be known."""
        key = path.removeprefix("./")
        if append and text is not None:
            before = self.file(path, context) if key not in context.scope.files else context.scope.files[key]
            text = (before or "") + text
        context.scope.files[key] = text
