"""The data that ships with planguard: finds `rules/`, and gives it back parsed without reading YAML at every start.

Next to the package lie compiled forms (JSON; marshal would save half a millisecond on the largest file, but can crash
on damaged data). A wheel brings them along; in a checkout they are made when first asked for, and again when a source
has changed. A compiled file that is damaged, foreign or stale is never used: the YAML is read instead. Knows where data
lies and how it is stored, and nothing of what it means.
"""

from __future__ import annotations

import json
import os
from binascii import crc32
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from planguard.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from planguard.yaml_nodes import Node

FORMAT = 1
"""Of the compiled files; a file of another format is made again."""

Check = Callable[["Node", str, Any], None]
"""(nodes with their lines, file as shown, content) -> None; raises `ConfigError` when one YAML file is wrong."""

Sources = Mapping[str, tuple[int, int]]
"""File name -> (size, modification time in ns; 0 in a wheel, where the installer sets the times)."""

_PACKAGE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120  # pathlib costs 6 ms of start-up
_cache: dict[str, Any] = {}


def rules_dir() -> Path:
    """The directory with the rules: inside the package when installed from a wheel, beside it in a checkout."""
    from pathlib import Path

    return Path(_rules_path())


def load(name: str, check: Check | None = None) -> Any:
    """The content of `rules/<name>.yaml`; for a directory `{stem: content}` of its YAML files, sorted by name.

    `check` is called for every file that had to be read from YAML. The result is shared: never write to it.
    """
    if name not in _cache:
        folder = os.path.join(_rules_path(), name)  # noqa: PTH118
        _cache[name] = _folder(name, folder, check) if os.path.isdir(folder) else _file(name, check)  # noqa: PTH112
    return _cache[name]


def load_part(directory: str, stem: str, check: Check | None = None) -> Any:
    """The content of `rules/<directory>/<stem>.yaml` alone."""
    return load(f"{directory}/{stem}", check)


def parts(directory: str) -> tuple[str, ...]:
    """The stems of the YAML files in `rules/<directory>`, sorted."""
    return tuple(file.removesuffix(".yaml") for file in _yaml_files(os.path.join(_rules_path(), directory)))  # noqa: PTH118


def compile_rules(target: str | Path, rules: str | Path, checks: Mapping[str, Check] | None = None) -> tuple[str, ...]:
    """Writes the compiled form of everything below `rules` into `target`, for a wheel; returns the files, sorted.

    The same sources give the same bytes: no time stamps go in. `checks` maps a directory or file name to its check.
    """
    rules, target = os.fspath(rules), os.fspath(target)
    written = []
    names = [entry.removesuffix(".yaml") for entry in _yaml_files(rules)]
    folders = sorted(entry.name for entry in os.scandir(rules) if entry.is_dir())
    names += [
        f"{folder}/{file.removesuffix('.yaml')}" for folder in folders for file in _yaml_files(f"{rules}/{folder}")
    ]
    for name in names:
        check = (checks or {}).get(name.split("/", maxsplit=1)[0])
        path = f"{rules}/{name}.yaml"
        content = _parse(path, name, check)
        _write(target, name, {f"{name}.yaml": (os.stat(path).st_size, 0)}, content, checked=check is not None)  # noqa: PTH116
        written.append(name)
    for folder in folders:
        files = _yaml_files(f"{rules}/{folder}")
        if files:
            content = {file[:-5]: _parse(f"{rules}/{folder}/{file}", f"{folder}/{file[:-5]}", None) for file in files}
            sizes = {f"{folder}/{file}": (os.stat(f"{rules}/{folder}/{file}").st_size, 0) for file in files}  # noqa: PTH116
            _write(target, folder, sizes, content, checked=folder in (checks or {}))
            written.append(folder)
    return tuple(sorted(f"{name}.json" for name in written))


def forget() -> None:
    """Drops what was loaded, so that the next `load` looks at the files again."""
    _cache.clear()


def _rules_path() -> str:
    for folder in (f"{_PACKAGE}/_rules", f"{os.path.dirname(_PACKAGE)}/rules"):  # noqa: PTH120
        if os.path.isdir(folder):  # noqa: PTH112
            return folder
    raise ConfigError(
        "planguard's own rules are missing from this installation",
        where=f"{_PACKAGE}/_rules",
        hint="Install planguard again.",
    )


def _compiled_path() -> str:
    return f"{_PACKAGE}/_compiled"


def _yaml_files(folder: str) -> list[str]:
    try:
        return sorted(file for file in os.listdir(folder) if file.endswith(".yaml") and not file.startswith("."))  # noqa: PTH208
    except OSError:
        return []


def _file(name: str, check: Check | None) -> Any:
    path = f"{_rules_path()}/{name}.yaml"
    sources = {f"{name}.yaml": _stamp(path, name)}
    content = _read(name, sources, check)
    if content is None:
        content = _parse(path, name, check)
        _keep(name, sources, content, checked=check is not None)
    return content


def _folder(name: str, folder: str, check: Check | None) -> Any:
    files = _yaml_files(folder)
    sources = {f"{name}/{file}": _stamp(f"{folder}/{file}", f"{name}/{file[:-5]}") for file in files}
    content = _read(name, sources, check)
    if content is None:
        content = {file[:-5]: _file(f"{name}/{file[:-5]}", check) for file in files}
        _keep(name, sources, content, checked=check is not None)
    return content


def _stamp(path: str, name: str) -> tuple[int, int]:
    """Size and time of a source. In a wheel the time says nothing, so it is 0."""
    try:
        stat = os.stat(path)  # noqa: PTH116
    except OSError as error:
        raise ConfigError(
            f"planguard's own file cannot be read: {error.strerror}",
            where=f"rules/{name}.yaml",
            hint="Install planguard again.",
        ) from None
    return stat.st_size, 0 if path.startswith(f"{_PACKAGE}/_rules") else stat.st_mtime_ns


def _parse(path: str, name: str, check: Check | None) -> Any:
    from planguard.yaml_nodes import build, decode

    shown = f"rules/{name}.yaml"
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            data = file.read()
    except OSError as error:
        raise ConfigError(
            f"it cannot be read: {error.strerror}", where=shown, hint="Install planguard again."
        ) from None
    node = build(decode(data, shown), shown)
    content = plain(node)
    if check is not None:
        check(node, shown, content)
    return content


def plain(node: Node) -> Any:
    """The values that a node stands for. Only `true` and `false` are booleans: `no`, `yes` and dates stay words."""
    if node.kind == "map":
        return {key.text: plain(value) for key, value in node.pairs}
    if node.kind == "list":
        return [plain(item) for item in node.items]
    if node.kind == "empty":
        return None
    if node.kind == "yes/no" and node.text.lower() in ("true", "false"):
        return node.text.lower() == "true"
    if node.kind == "number" and len(node.text) <= 18:
        try:
            return float(node.text) if "." in node.text else int(node.text)
        except ValueError:
            return node.text
    return node.text


def _read(name: str, sources: Sources, check: Check | None) -> Any:
    """The compiled content, or None when there is none that can be trusted."""
    try:
        with open(f"{_compiled_path()}/{name}.json", "rb") as file:  # noqa: PTH123
            head, _, body = file.read().partition(b"\n")
        meta = json.loads(head)
        expected = {file: list(stamp) for file, stamp in sources.items()}
        if meta["format"] != FORMAT or meta["sources"] != expected or meta["crc"] != crc32(body):
            return None
        if check is not None and not meta["checked"]:
            return None
        return json.loads(body)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _keep(name: str, sources: Sources, content: Any, *, checked: bool) -> None:
    """Writes the compiled form of a checkout; where that is not possible the next start is slower, and that is all."""
    try:
        _write(_compiled_path(), name, sources, content, checked=checked)
    except OSError:
        return


def _write(target: str, name: str, sources: Sources, content: Any, *, checked: bool) -> None:
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    meta = {"format": FORMAT, "checked": checked, "crc": crc32(body), "sources": sources}
    path = f"{target}/{name}.json"
    os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120
    scratch = f"{path}.{os.getpid()}.tmp"
    try:
        with open(scratch, "wb") as file:  # noqa: PTH123
            file.write(json.dumps(meta, separators=(",", ":")).encode() + b"\n" + body)
        os.replace(scratch, path)  # noqa: PTH105
    except OSError:
        with suppress(OSError):
            os.unlink(scratch)  # noqa: PTH108
        raise
