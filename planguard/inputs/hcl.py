"""Terraform's sources: the bytes of .tf and .tf.json files → a `Tree` of files, blocks and comments with their lines.

Owns what is read of a file and what is said about one that cannot be read: such a file never hides the others. The
structure is read by `hcl_scan`, `hcl_parse` and `hcl_expressions`, which know every line; where they cannot make sense
of a file, python-hcl2 is asked for a second opinion before it is called broken. Nothing in the sources is executed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from planguard.inputs import hcl_parse, hcl_scan
from planguard.inputs.hcl_expressions import expression
from planguard.inputs.hcl_scan import Lines
from planguard.sources.expressions import Items, Literal, Pairs
from planguard.sources.tree import Attribute, Block, Body, Ignore, SourceFile

SUFFIXES = (".tf", ".tf.json", ".tofu", ".tofu.json", ".tfvars", ".tfvars.json")
"""Files that belong to a configuration; OpenTofu reads its own beside Terraform's."""
LARGEST = 4 * 1024 * 1024
"""Bytes of one file. Nobody writes that by hand; what generates it knows better than to be read here."""
_WORTH_A_SECOND_LOOK = 200_000
"""Characters. python-hcl2 takes 10 µs for each."""


def read(path: str, data: bytes) -> SourceFile:
    """One file."""
    if len(data) > LARGEST:
        return SourceFile(path, problem=f"is larger than {LARGEST // 1024 // 1024} MB and was not read")
    text = _decoded(data)
    if text is None:
        return SourceFile(path, problem="is not text in UTF-8 and was not read")
    if path.endswith(".json"):
        return _from_json(path, text)
    scan = hcl_scan.scan(text)
    if scan.problem is not None:
        second = _second_opinion(path, text)
        if second is not None:
            return second
    return _from_scan(path, text, scan)


def _decoded(data: bytes) -> str | None:
    """The text; Terraform itself takes nothing but UTF-8, editors on Windows write other forms all the same."""
    encoding = "utf-8-sig"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _from_scan(path: str, text: str, scan: hcl_scan.Scan) -> SourceFile:
    lines = Lines(text)
    blocks = [
        hcl_parse.block(text, place.kind, place.labels, place.start, place.inside, place.end, path, lines)
        for place in scan.blocks
    ]
    if scan.attributes:
        blocks.append(_loose(path, text, scan, lines))
    problem, line = None, None
    if scan.problem is not None:
        line = lines.of(scan.problem.at)
        problem = f"cannot be understood from line {line} on: {scan.problem.problem}"
    comments = tuple(ignore(comment, path, lines.of(offset)) for offset, comment in scan.comments)
    return SourceFile(path, tuple(blocks), comments, problem, line)


def _loose(path: str, text: str, scan: hcl_scan.Scan, lines: Lines) -> Block:
    """What stands in no block, as in variable files: a block without a name."""

    def load() -> Body:
        found = {item.name: hcl_parse.attribute(text, item.expression, item.end, lines) for item in scan.attributes}
        return Body(found)

    first, last = scan.attributes[0], scan.attributes[-1]
    return Block("", (), path, lines.of(first.start), lines.of(last.end), text, load)


# --- comments ---------------------------------------------------------------------------------------------------------

_RULES = re.compile(r"(?:\*|[a-z][a-z0-9-]*)(?:\s*,\s*[a-z][a-z0-9-]*)*(?![\w=])")
_SETTING = re.compile(r'\s*(\w+)=(?:"([^"]*)"|(\S+))')
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def ignore(comment: str, path: str, line: int) -> Ignore:
    """`# planguard:ignore data-deletion until=2027-01-31 reason="moved by hand, see OPS-12"`."""
    before, _, rest = comment.partition(hcl_scan.MARK)
    line += before.count("\n")
    rest = rest.removesuffix("*/").strip().split("\n")[0].strip()
    rules = _RULES.match(rest)
    names = tuple(re.split(r"\s*,\s*", rules[0])) if rules else ()
    settings: dict[str, str] = {}
    position = rules.end() if rules else 0
    while (setting := _SETTING.match(rest, position)) is not None:
        settings[setting[1]] = setting[2] if setting[2] is not None else setting[3]
        position = setting.end()
    until, reason = settings.get("until"), (settings.get("reason") or "").strip() or None
    problem = None
    if not names:
        problem = "names no rule"
    elif rest[position:].strip():
        problem = 'holds more than rules, until=YYYY-MM-DD and reason="…"'
    elif settings.keys() - {"until", "reason"}:
        problem = f"has a setting that does not exist: {min(settings.keys() - {'until', 'reason'})}"
    elif until is not None and not _is_day(until):
        problem = "has an until= that is not a date like 2027-01-31"
    elif reason is None:
        problem = 'gives no reason="…"'
    return Ignore(names, reason, until, path, line, problem)


def _is_day(text: str) -> bool:
    from datetime import date

    try:
        return _DAY.fullmatch(text) is not None and date.fromisoformat(text) is not None
    except ValueError:
        return False


# --- JSON -------------------------------------------------------------------------------------------------------------

_NESTED: Mapping[str, int] = {"resource": 2, "data": 2, "module": 1, "provider": 1, "variable": 1, "output": 1}
"""How many labels the blocks of a kind have; all others have none."""


def _from_json(path: str, text: str) -> SourceFile:
    """JSON is read as the object that it also is in HCL, which knows its lines; `json` says first whether it is any."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        at = f" from line {line} on" if line else ""
        return SourceFile(path, problem=f"is not JSON{at} and was not read", line=line)
    if not isinstance(data, dict):
        return SourceFile(path, problem="holds JSON, but no object, and was not read", line=1)
    lines = Lines(text)
    whole = expression(_SLASH.sub(_slash, text), 0, len(text), lines.of)
    if not isinstance(whole, Pairs):
        return SourceFile(path, problem="is nested in a way that is not understood and was not read", line=1)
    if path.endswith(".tfvars.json"):
        load = _json_body(whole)
        return SourceFile(path, (Block("", (), path, 1, lines.of(len(text)), text, lambda: load),))
    blocks: list[Block] = []
    for pair in whole.pairs:
        kind = _text(pair.key)
        if kind == "locals":
            blocks.append(_json_block("locals", (), pair.value, pair.line, path))
        elif kind != "//":
            blocks.extend(_json_blocks(kind, (), pair.value, pair.line, _NESTED.get(kind, 0), path))
    return SourceFile(path, _ended(blocks, lines.of(len(text))))


_SLASH = re.compile(r"\\(.)")


def _slash(match: re.Match[str]) -> str:
    """`\\/` is an escape in JSON alone."""
    return "\\u002f" if match[1] == "/" else match[0]


def _json_blocks(kind: str, labels: tuple[str, ...], node: Any, line: int, deeper: int, path: str) -> Iterable[Block]:
    if isinstance(node, Items):
        for item in node.items:
            yield from _json_blocks(kind, labels, item, line, deeper, path)
    elif deeper and isinstance(node, Pairs):
        for pair in node.pairs:
            yield from _json_blocks(kind, (*labels, _text(pair.key)), pair.value, pair.line, deeper - 1, path)
    elif isinstance(node, Pairs):
        yield _json_block(kind, labels, node, line, path)


def _json_block(kind: str, labels: tuple[str, ...], node: Any, line: int, path: str) -> Block:
    found = _json_body(node) if isinstance(node, Pairs) else Body()
    return Block(kind, labels, path, line, line, _plain(node), lambda: found)


def _plain(node: Any) -> str:
    """A JSON value as text without its lines: two that are equal mean the same."""
    if isinstance(node, Pairs):
        return "{" + ", ".join(f"{_plain(pair.key)}: {_plain(pair.value)}" for pair in node.pairs) + "}"
    if isinstance(node, Items):
        return "[" + ", ".join(_plain(item) for item in node.items) + "]"
    return repr(node)


def _ended(blocks: list[Block], last: int) -> tuple[Block, ...]:
    """Blocks with the lines where they end: before the next one begins."""
    blocks.sort(key=lambda block: block.line)
    for one, following in zip(blocks, [*(block.line for block in blocks[1:]), last + 1], strict=True):
        one.end = max(one.line, following - 1)
    return tuple(blocks)


_BLOCKS_IN_JSON = frozenset(
    {"lifecycle", "provisioner", "connection", "dynamic", "backend", "cloud", "required_providers"}
)


def _json_body(node: Pairs) -> Body:
    """JSON does not tell a nested block from a map: those that matter are known by name."""
    attributes: dict[str, Attribute] = {}
    blocks: list[Block] = []
    for pair in node.pairs:
        name = _text(pair.key)
        if name in _BLOCKS_IN_JSON:
            deeper = 1 if name in ("provisioner", "dynamic", "backend") else 0
            blocks.extend(_json_blocks(name, (), pair.value, pair.line, deeper, ""))
        elif name != "//":
            reference = name in _EXPRESSIONS and isinstance(pair.value, Literal)
            written = str(pair.value.value) if reference else _plain(pair.value)
            attributes[name] = Attribute(_from_string(name, pair.value), written, pair.line)
    return Body(attributes, tuple(blocks))


_EXPRESSIONS = frozenset({"depends_on", "ignore_changes", "replace_triggered_by", "from", "to", "provider"})
"""Where JSON writes references as plain strings."""


def _from_string(name: str, node: Any) -> Any:
    if name not in _EXPRESSIONS:
        return node
    if isinstance(node, Literal) and isinstance(node.value, str):
        return expression(node.value, 0, len(node.value))
    if isinstance(node, Items):
        return node._replace(items=tuple(_from_string(name, item) for item in node.items))
    return node


def _text(key: Any) -> str:
    return key.value if isinstance(key, Literal) and isinstance(key.value, str) else ""


def installed(data: bytes, top: str) -> Mapping[str, str]:
    """Where `terraform init` put each module."""
    try:
        entries = json.loads(data).get("Modules", ())
        return {
            entry["Key"]: _joined(top, entry["Dir"])
            for entry in entries
            if isinstance(entry, dict) and isinstance(entry.get("Key"), str) and isinstance(entry.get("Dir"), str)
        }
    except (ValueError, AttributeError, TypeError, RecursionError):
        return {}


def _joined(top: str, path: str) -> str:
    import posixpath

    return posixpath.normpath(posixpath.join(top, path.replace("\\", "/"))).removeprefix("./")


# --- the second opinion -----------------------------------------------------------------------------------------------


def _second_opinion(path: str, text: str) -> SourceFile | None:
    """The blocks of a file as python-hcl2 sees them, with their places alone; None where it gives up as well."""
    if len(text) > _WORTH_A_SECOND_LOOK:
        return None
    import hcl2

    try:
        body = hcl2.parses_to_tree(text).children[0]
    except Exception:  # Whatever ails another parser on text that is broken: there is no second opinion then.
        return None
    rows = text.split("\n")
    blocks = [_opinion(path, node, rows) for node in body.children if getattr(node, "data", "") == "block"]
    return SourceFile(path, tuple(blocks))


def _opinion(path: str, node: Any, rows: list[str]) -> Block:
    """A block by its place: its inside can only be compared as text."""
    words = [child for child in node.children if getattr(child, "data", "") in ("identifier", "string")]
    names = ["".join(str(token) for token in word.scan_values(lambda token: token != '"')) for word in words]
    first, last = node.meta.line, node.meta.end_line
    text = "\n".join(rows[first - 1 : last])
    return Block(names[0], tuple(names[1:]), path, first, last, text, lambda: Body(readable=False))
