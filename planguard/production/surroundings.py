"""What the plan as a whole shows: the user's statements about it, workspace, variables, providers, directory.

Owns where to look outside the resources. Does not decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from planguard.config import ProductionConfig
from planguard.globs import matches
from planguard.model import Evidence, Plan, ProviderConfig, Sensitive, Tier
from planguard.production.clues import ACCOUNT, TAGS, USER, Clue, Reader, tag_pairs

_DEPTH = 5
"""How many of the last parts of an absolute path are looked at, and never the first two: they belong to the machine."""


class Surroundings:
    """The clues that hold for every resource of a plan, or for every resource of one provider."""

    def __init__(
        self, data: Mapping[str, Any], reader: Reader, plan: Plan, stated: Tier | None, path: str | None,
        statements: ProductionConfig,
    ) -> None:  # fmt: skip
        self._settings, self._variables = data["provider"], data["variables"]
        self._noise = frozenset(data["directories"]["noise"])
        self._reader, self._plan, self._said = reader, plan, statements
        self.general = [*self._stated(stated, path), *self._outside(path)]
        """Clues about the whole plan."""
        self._by_provider: dict[str, list[Clue]] = {}

    def of_provider(self, provider: str) -> list[Clue]:
        """Clues about everything that one provider (`aws`) manages.

        Which of several configurations of a provider a resource uses, nobody says here: they speak for all only when
        they agree. When one is production and another is not, production is touched, and that is all we know.
        """
        if provider not in self._by_provider:
            configs = [config for config in self._plan.providers if _name(config) == provider and _tells(config)]
            groups = [list(self._of_config(config)) for config in configs]
            self._by_provider[provider] = _agreed(groups)
        return self._by_provider[provider]

    def providers(self) -> list[Clue]:
        """Clues in which all providers of the plan agree."""
        names = sorted({_name(config) for config in self._plan.providers if _tells(config)})
        found = dict.fromkeys(clue for name in names for clue in self.of_provider(name))
        return list(found)

    # --- rank 1 -------------------------------------------------------------------------------------------------------

    def _stated(self, stated: Tier | None, path: str | None) -> Iterator[Clue]:
        if stated is not None and stated is not Tier.UNKNOWN:
            yield Clue(Evidence(stated, "stated", f"--environment {stated.value}", USER))
        workspace = self._plan.workspace
        for glob, tier in self._said.workspaces.items():
            if workspace is not None and matches(glob, workspace):
                yield Clue(Evidence(tier, "config workspaces", workspace, USER))
        shown = (path or self._plan.source).replace("\\", "/")
        folder = shown.rpartition("/")[0]
        for glob, tier in self._said.paths.items():
            if any(matches(glob, text) for text in (shown, folder, f"{folder}/") if text):
                yield Clue(Evidence(tier, "config paths", glob, USER))

    # --- rank 3 -------------------------------------------------------------------------------------------------------

    def _outside(self, path: str | None) -> Iterator[Clue]:
        reader, workspace = self._reader, self._plan.workspace
        found = [*self._in_variables()]
        if workspace:
            called = "stack" if self._plan.tool == "cloudformation" else "workspace"
            found.append(reader.clue(reader.words.match(workspace, "workspace"), called, workspace, ACCOUNT))
        folders, file = _chosen(path)
        folder = "/".join(part for part in folders if reader.words.is_environment(part, self._noise))
        if folder:
            found.append(reader.clue(reader.words.match(folder, "directory"), "directory", folder, ACCOUNT))
        if file and reader.words.is_environment(file, self._noise):
            match = reader.words.match(file, "directory")
            if match.tier is not Tier.OTHER:  # test.json is a test of something, not an environment
                found.append(reader.clue(match, "file name", file, ACCOUNT))
        yield from (clue for clue in found if clue is not None)

    def _in_variables(self) -> Iterator[Clue | None]:
        reader = self._reader
        for name in sorted(self._plan.variables):
            value = self._plan.variables[name]
            hidden = isinstance(value, Sensitive)
            plain = value.peek() if isinstance(value, Sensitive) else value
            if name in self._variables["tags"]:
                for key, inner, covered in tag_pairs(plain, hidden):
                    yield reader.pair(key, inner, f"variable {name}:", ACCOUNT, covered)
            elif name in self._variables["accounts"] and isinstance(plain, str):
                match = reader.words.match(plain, "account-alias")
                yield reader.clue(match, f"variable {name}", plain, ACCOUNT, hidden)
            else:
                yield reader.pair(name, plain, "variable", ACCOUNT, hidden)

    # --- providers ----------------------------------------------------------------------------------------------------

    def _of_config(self, config: ProviderConfig) -> Iterator[Clue]:
        reader, settings = self._reader, {key: _open(value) for key, value in config.settings.items()}
        yield from self._in_settings(config, settings)
        for setting, inner in self._settings["default_tags"].items():
            for block in _blocks(settings.get(setting)):
                for key, value, hidden in tag_pairs(block.get(inner) if inner else block):
                    clue = reader.pair(key, value, "provider's default tag", TAGS, hidden)
                    if clue is not None:
                        yield clue
        if config.alias:
            match = reader.words.match(config.alias, "provider-alias")
            clue = reader.clue(match, "provider alias", config.key, ACCOUNT)
            if clue is not None:
                yield clue

    def _in_settings(self, config: ProviderConfig, settings: Mapping[str, Any]) -> Iterator[Clue]:
        reader, names = self._reader, self._settings
        arns = [_open(block.get(names["role_arn"])) for role in names["roles"] for block in _blocks(settings.get(role))]
        arns = [arn for arn in arns if isinstance(arn, str)]
        numbers = [number for key in names["account_numbers"] for number in _items(settings.get(key))]
        numbers += [arn.split(":", 5)[4] for arn in arns if arn.count(":") >= 5]
        numbers += [settings.get(key) for key in names["subscriptions"]]
        yield from reader.mapped(numbers, [settings.get(key) for key in names["projects"]])
        found = [reader.clue(reader.words.match(arn), "provider's role", arn, ACCOUNT) for arn in arns]
        for key, value in settings.items():
            if isinstance(value, str) and (key in names["accounts"] or key in names["hosts"]):
                match = reader.words.match(value, "host" if key in names["hosts"] else "account-alias")
                hidden = isinstance(config.settings[key], Sensitive)
                found.append(reader.clue(match, f"provider's {key}", value, ACCOUNT, hidden))
        yield from (clue for clue in found if clue is not None)


def _agreed(groups: list[list[Clue]]) -> list[Clue]:
    """The clues of several configurations of one provider, as far as they hold for each of its resources."""
    if len(groups) < 2:
        return groups[0] if groups else []
    tiers = [{clue.tier for clue in group} for group in groups]
    if all(tiers) and all(tier == tiers[0] for tier in tiers):
        return [clue for group in groups for clue in group]
    return [
        clue._replace(evidence=clue.evidence._replace(tier=Tier.UNKNOWN), touches=True)
        for group in groups
        for clue in group
        if (clue.tier is Tier.PRODUCTION and not clue.shared) or clue.touches
    ]


def _name(config: ProviderConfig) -> str:
    """`aws` of `module.x:aws.primary`."""
    return config.key.rpartition(":")[2].partition(".")[0]


def _tells(config: ProviderConfig) -> bool:
    """A module that only passes a provider on lists it without settings: it is not another one."""
    return bool(config.settings) or config.alias is not None or ":" not in config.key


def _open(value: Any) -> Any:
    return value.peek() if isinstance(value, Sensitive) else value


def _blocks(value: Any) -> list[Mapping[str, Any]]:
    """Nested blocks: a list of objects, or one object."""
    items = (_open(item) for item in _items(value))
    return [item for item in items if isinstance(item, Mapping)]


def _items(value: Any) -> Iterable[Any]:
    value = _open(value)
    return value if isinstance(value, list | tuple) else (value,)


def _chosen(path: str | None) -> tuple[list[str], str]:
    """The directories of a plan whose names somebody chose for it, and the name of its file."""
    if not path or path.startswith("<"):
        return [], ""
    plain = path.replace("\\", "/")
    parts = [part for part in plain.split("/") if part not in ("", ".", "..")]
    drive = bool(parts) and parts[0].endswith(":")
    if drive or plain.startswith("/"):
        parts = parts[2 + drive :][-_DEPTH:]
    return parts[:-1], parts[-1] if parts else ""
