"""A page of terminal text that grows line by line: titles, rows with a label, addresses, entries, code.

Owns indents, columns and what changes in a narrow terminal. Must not know what a finding is. Strings from outside go
through `Page.safe` before they come in; everything else that is handed in is the project's own wording.
"""

from __future__ import annotations

from collections.abc import Sequence

from planguard.reports import MIN_WIDTH, Style, escape
from planguard.reports.content import advice
from planguard.reports.layout import Line, Span, break_word, cells, width_of, wrap

READABLE = 100
"""Lines of prose do not grow beyond this, however wide the terminal is."""
NARROW = 60
"""Below this, labels stand on top of their text instead of beside it."""
_LABEL = 12
_SEVERITY = 10


class Page:
    """Collects lines for one style."""

    def __init__(self, style: Style) -> None:
        self.lines: list[Line] = []
        self.style = style
        self.width = min(max(style.width, MIN_WIDTH), READABLE)
        self.narrow = style.width < NARROW
        self.heavy, self.light = ("━", "─") if style.unicode else ("=", "-")
        self.dot, self.arrow, self.times = (" · ", " → ", "×") if style.unicode else (" | ", " -> ", "x")

    def safe(self, text: str) -> str:
        """A string from outside, harmless in a terminal and writable in its encoding."""
        text = escape.terminal(text)
        if text.isascii() or self.style.encoding.lower().startswith("utf"):
            return text
        try:
            return text.encode(self.style.encoding, "backslashreplace").decode(self.style.encoding)
        except LookupError:
            return text.encode("ascii", "backslashreplace").decode("ascii")

    # --- plain lines --------------------------------------------------------------------------------------------------

    def add(self, *spans: Span) -> None:
        """One line, as it is."""
        self.lines.append(spans)

    def blank(self) -> None:
        """An empty line, never two in a row."""
        if self.lines and self.lines[-1]:
            self.lines.append(())

    def prose(self, spans: Sequence[Span], indent: int = 0) -> None:
        """Styled text that flows over as many lines as it needs."""
        line: list[Span] = [Span(" " * indent)]
        used = indent
        for span in spans:
            pieces = wrap(span.text, self.width - indent, max(self.width - used, 1))
            for number, piece in enumerate(pieces):
                if number:
                    self.add(*line)
                    line, used = [Span(" " * indent)], indent
                line.append(Span(piece, span.style))
                used += cells(piece)
        self.add(*line)

    def joined(self, spans: Sequence[Span]) -> None:
        """Short pieces side by side, separated by dots, broken between pieces."""
        line: list[Span] = []
        for span in spans:
            if line and width_of((*line, Span(self.dot), span)) > self.width:
                self.add(*line)
                line = []
            line += [Span(self.dot, "dim"), span] if line else [span]
        self.add(*line)

    def address(self, text: str, indent: int) -> None:
        """An address on lines of its own; every character of it is there, so that it can be copied."""
        for number, piece in enumerate(break_word(text, self.width - indent - 2, self.width - indent)):
            self.add(Span(" " * (indent + 2 * bool(number))), Span(piece, "address"))

    # --- titles -------------------------------------------------------------------------------------------------------

    def rule(self, style: str = "") -> None:
        """A line from edge to edge."""
        self.add(Span(self.heavy * self.width, style))

    def section(self, title: str) -> None:
        """The title of a part."""
        words = wrap(title, self.width - 6)
        for word in words[:-1]:
            self.add(Span(f"{self.light * 2} ", "dim"), Span(word, "strong"))
        rest = self.width - cells(words[-1]) - 4
        self.add(Span(f"{self.light * 2} ", "dim"), Span(words[-1], "strong"), Span(f" {self.light * rest}", "dim"))

    def title(self, severity: str, action: str, rule: str, style: str) -> None:
        """The line over a finding: how bad, what happens, which rule; the rule moves down where there is no room."""
        badge = f" {severity} "
        words = [Span(f" {action} ", "strong")] if action else []
        start = [Span(self.heavy * 2, style), Span(badge, f"badge {style}"), *words]
        room = self.width - width_of(tuple(start)) - cells(rule) - 4
        if room >= 2:
            self.add(*start, Span(self.heavy * room, style), Span(f" {rule} ", "label"), Span(self.heavy * 2, style))
            return
        self.add(*start[:2], Span(self.heavy * max(self.width - cells(badge) - 2, 0), style))
        if action:
            self.prose([Span(action, "strong")], indent=2)
        self.address(rule, indent=2)

    # --- rows ---------------------------------------------------------------------------------------------------------

    def row(self, label: str, text: str, indent: int = 2) -> None:
        """A label and its text, which wraps beside it."""
        if self.narrow:
            self._hang(Span(f"{' ' * indent}{label}: ", "label"), text, indent + 2)
        else:
            self._hang(Span(f"{' ' * indent}{label:<{_LABEL}}", "label"), text, indent + _LABEL)

    def _hang(self, start: Span, text: str, indent: int, style: str = "") -> None:
        used = cells(start.text)
        first, *more = wrap(text, self.width - indent, self.width - used)
        self.add(start, Span(first, style))
        for piece in more:
            self.add(Span(" " * indent), Span(piece, style))

    def item(self, address: str, text: str) -> None:
        """An address with a sentence below it."""
        self.address(address, indent=0)
        for piece in wrap(text, self.width - 4):
            self.add(Span("    "), Span(piece))

    def entry(self, severity: str, address: str, action: str, rule: str, text: str) -> None:
        """A finding in short: one line where it fits, and one for what it says."""
        start = Span(f"{severity.upper():<{_SEVERITY}}", severity)
        tail = f"{action}{self.dot}{rule}" if action else rule
        indent = 2 if self.narrow else _SEVERITY
        if cells(address) + cells(tail) + 2 <= self.width - _SEVERITY:
            gap = self.width - _SEVERITY - cells(address) - cells(tail)
            self.add(start, Span(address, "address"), Span(" " * gap + tail, "dim"))
        else:
            first, *more = break_word(address, self.width - indent, self.width - _SEVERITY)
            if cells(first) > self.width - _SEVERITY:
                first, more = "", [first, *more]
            self.add(start, Span(first, "address"))
            for piece in more:
                self.add(Span(" " * indent), Span(piece, "address"))
            for piece in wrap(tail, self.width - indent):
                self.add(Span(" " * indent), Span(piece, "dim"))
        for piece in wrap(text, self.width - indent) if text else ():
            self.add(Span(" " * indent), Span(piece))

    def remedy(self, label: str, text: str) -> None:
        """Advice: prose wraps; what is to be pasted stays as it is."""
        column = 4 if self.narrow else 2 + _LABEL
        for number, (code, block) in enumerate(advice(text)):
            if not code and not number:
                self.row(label, self.safe(block))
            elif not code:
                self._hang(Span(" " * column), self.safe(block), column)
            else:
                if not number:
                    self.add(Span(f"  {label}", "label"))
                self._code([self.safe(line.expandtabs(2).rstrip()) for line in block.split("\n")], column)

    def _code(self, lines: Sequence[str], column: int) -> None:
        """Lines to be pasted, never wrapped: in the text's column, or further left if they are too long for it."""
        indent = column if max(map(cells, lines)) <= self.width - column else 4
        self.blank()
        for line in lines:
            self.add(Span(" " * indent), Span(line, "code"))
        self.blank()

    def verdict(self, word: str, sentence: str, style: str) -> None:
        """The last line."""
        badge = f" {word} " if self.style.color else word
        start = Span(badge, style)
        indent = min(cells(badge) + 3, self.width // 3)
        whole = sentence.replace("(exit ", "(exit\0")  # never broken between the two
        first, *more = wrap(whole, self.width - indent, self.width - cells(badge) - 3)
        self.add(start, Span("   "), Span(first.replace("\0", " "), "strong"))
        for piece in more:
            self.add(Span(" " * indent), Span(piece.replace("\0", " "), "strong"))
