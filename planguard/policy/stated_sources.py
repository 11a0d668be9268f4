"""The sources of an example of a rule, as the example states them: `sources: {edits: […], guarded_before: […]}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from planguard.errors import ConfigError
from planguard.model import Action, Change, Location, Resource

KEYS = ("edits", "guarded_before", "guarded", "untouched", "size")


class StatedEdit(NamedTuple):
    """One edit."""

    kind: str
    config: str = ""
    text: str = "As the example says."
    location: Location | None = None


class StatedSources(NamedTuple):
    """Facts about the sources, without sources."""

    edits: tuple[StatedEdit, ...] = ()
    before: frozenset[str] = frozenset()
    now: frozenset[str] = frozenset()
    untouched: frozenset[str] = frozenset()
    how_large: str | None = None

    @property
    def compared(self) -> bool:
        """An example always says what stood there before."""
        return True

    def guarded(self, config: str) -> bool:
        """Whether it is in `guarded`."""
        return config in self.now

    def guarded_before(self, config: str) -> Location | None:
        """A place for what is in `guarded_before`."""
        return Location("main.tf", 1) if config in self.before else None

    def works_on_old(self, config: str, names: tuple[str, ...]) -> bool:
        """Never: an example states no references."""
        return False

    def touched(self, config: str) -> bool:
        """Whether it is not in `untouched`."""
        return config not in self.untouched

    def size(self) -> str | None:
        """What `size` says."""
        return self.how_large

    def standing(self, config: str) -> Change | None:
        """A resource by its address alone."""
        kind, _, name = config.rpartition(".module.")[2].rpartition(".")
        return Change(Resource(config, kind, name, kind.partition("_")[0], config=config), Action.NOOP, ("no-op",))


def of(data: Mapping[str, Any], file: str) -> StatedSources:
    """The sources that an example states. Raises ConfigError naming a key that there is not."""
    for key in data:
        if key not in KEYS:
            raise ConfigError(f"unknown key `{key}` in the sources of an example", where=file, hint=", ".join(KEYS))
    return StatedSources(
        edits=tuple(StatedEdit(str(kind), str(config)) for kind, config in data.get("edits", ())),
        before=frozenset(data.get("guarded_before", ())),
        now=frozenset(data.get("guarded", ())),
        untouched=frozenset(data.get("untouched", ())),
        how_large=data.get("size"),
    )
