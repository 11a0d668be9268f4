"""What a Makefile and a package.json run. Reads texts that it is handed; finds no files."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from planguard.shell.words import HOLE

MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
_VARIABLE = re.compile(r"(?:export\s+|override\s+)*([A-Za-z_][\w.-]*)\s*(\?=|::?=|\+=|=|!=)\s*(.*)")
_RULE = re.compile(r"([^\s:=#][^:=#]*?)\s*::?(?!=)\s*([^=;#]*)(?:;(.*))?")
_USE = re.compile(r"\$(?:\(([^()$]+)\)|\{([^{}$]+)\}|(\$)|([@<^?*%+A-Za-z]))")
_DEPTH = 8


def recipes(text: str, targets: Sequence[str], given: Mapping[str, str]) -> list[str]:
    """The command lines that `make TARGETS` would run, those of prerequisites first; `given`: `NAME=value` arguments.

    Simple makefiles: no includes, no functions, no pattern rules. What cannot be known is a hole.
    """
    rules, variables, first = _parsed(text)
    variables.update(given)
    lines: list[str] = []
    seen: set[str] = set()

    def visit(target: str, depth: int) -> None:
        if target in seen or depth > _DEPTH:
            return
        seen.add(target)
        for needed, recipe in rules.get(target, ()):
            for name in _expanded(needed, variables, 0).split():
                visit(name, depth + 1)
            lines.extend(_expanded(line, variables, 0) for line in recipe)

    for target in targets or ([first] if first else []):
        visit(target, 0)
    return [line.lstrip("@-+ \t") for line in lines if line.strip()]


def _parsed(text: str) -> tuple[dict[str, list[tuple[str, list[str]]]], dict[str, str], str]:
    rules: dict[str, list[tuple[str, list[str]]]] = {}
    variables: dict[str, str] = {}
    first, recipe = "", None
    for line in re.sub(r"\\\n[ \t]*", " ", text).split("\n"):
        if line.startswith("\t"):
            if recipe is not None:
                recipe.append(line[1:])
            continue
        set_, rule = _VARIABLE.fullmatch(line.strip()), _RULE.fullmatch(line.rstrip())
        if set_ is not None:
            _assign(variables, *set_.groups())
        elif rule is not None:
            recipe = [rule.group(3)] if rule.group(3) else []
            for name in rule.group(1).split():
                rules.setdefault(name, []).append((rule.group(2), recipe))
                first = first or ("" if name.startswith(".") else name)
    return rules, variables, first


def _assign(variables: dict[str, str], name: str, how: str, value: str) -> None:
    value = re.split(r"\s+#", value, maxsplit=1)[0]
    if how == "+=" and name in variables:
        variables[name] += f" {value}"
    elif how == "!=":
        variables[name] = HOLE
    elif how != "?=" or name not in variables:
        variables[name] = value


def _expanded(text: str, variables: Mapping[str, str], depth: int) -> str:
    """With make's variables filled in. `$$` becomes `$`; what make would compute is a hole."""

    def fill(found: re.Match[str]) -> str:
        long, braced, dollar, short = found.groups()
        if dollar:
            return "\0"
        name = long or braced or short
        value = variables.get(name, "" if name in "@<^?*%+" else HOLE)
        return _expanded(value, variables, depth + 1) if depth < _DEPTH else HOLE

    filled = _USE.sub(fill, text)
    return filled if depth else filled.replace("\0", "$")


def script(package: str, name: str) -> list[str]:
    """The command lines that `npm run NAME` would run, with those before and after."""
    try:
        scripts = json.loads(package)["scripts"]
        found = [scripts[key] for key in (f"pre{name}", name, f"post{name}") if key in scripts]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []
    return [line for line in found if isinstance(line, str)]
