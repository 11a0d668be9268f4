"""What an edit suggests → a `Plan`, so that the same rules, reports and verdicts speak of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from planguard.model import UNKNOWN, Action, Change, Note, Plan, ProviderConfig, Sensitive
from planguard.sources import Sources, values
from planguard.sources.compare import Comparison, Forces, Suggested
from planguard.sources.configuration import Configuration
from planguard.sources.expressions import evaluate
from planguard.sources.modules import Frame
from planguard.sources.tree import Body

FORMAT = "terraform-sources"


def suggested(
    sources: Sources, forces: Forces, *, name: str, workspace: str | None = None, abandoned: bool = False
) -> Plan:
    """The plan that the edit would lead to, if the state is what the sources said before it.

    `abandoned`: the whole directory went, so that perhaps nobody plans there any more, and nothing is destroyed.
    """
    before = sources.base
    if before is None:
        raise ValueError("there is nothing to compare with")
    found = Comparison(before, sources.now, forces).suggested()
    changes = tuple(change._replace(conditional=True) for change in found.changes) if abandoned else found.changes
    variables, hidden = _variables(before)
    return Plan(
        source=name,
        format=FORMAT,
        tool="terraform",
        workspace=workspace,
        changes=changes,
        unchanged=found.unchanged,
        counts=_counts(found),
        has_prior_state=bool(before.resources),
        variables=variables,
        providers=tuple(_providers(before)),
        secrets=found.secrets | hidden,
        notes=tuple(_notes(found, abandoned)),
        weak=True,
    )


def _counts(found: Suggested) -> dict[str, int]:
    counts = {Action.NOOP.value: len(found.unchanged)} if found.unchanged else {}
    for change in found.changes:
        counts[change.action.value] = counts.get(change.action.value, 0) + 1
    return counts


def _notes(found: Suggested, abandoned: bool) -> Iterator[Note]:
    yield Note("Read from the sources alone: what a state, a variable or a provider decides, only a plan can tell.")
    if abandoned:
        yield Note("The directory holds no sources any more: what they made stays, managed by nobody, or is destroyed.")
    closed = [change.resource.address for change in found.changes if _closed(change)]
    if closed:
        names = ", ".join(closed[:5]) + (" …" if len(closed) > 5 else "")
        yield Note(f"Only a plan can tell what the edit does inside of {names}: the sources are not here.")
    if found.open:
        names = ", ".join(found.open[:5]) + (" …" if len(found.open) > 5 else "")
        yield Note(f"Which instances stay was edited, and only a plan can tell the outcome: {names}.")


def _closed(change: Change) -> bool:
    """Whether it is a module that is called in another way than before, and whose files were not read."""
    return change.resource.type == "module" and change.action is Action.UPDATE


def _variables(configuration: Configuration) -> tuple[dict[str, Any], frozenset[str]]:
    """The variables of the root as far as the sources give them a value."""
    frame = Frame(configuration.root)
    found: dict[str, Any] = {}
    hidden: set[str] = set()
    for name in sorted(configuration.root.variables):
        value = frame.variable(name)
        if values.is_secret(name) and value is not UNKNOWN and not isinstance(value, Sensitive):
            value = Sensitive(value)
        if value is not UNKNOWN:
            found[name] = value
            hidden.update(values.secrets(value))
    return found, frozenset(hidden)


def _providers(configuration: Configuration) -> Iterator[ProviderConfig]:
    frame = Frame(configuration.root)
    for block in configuration.root.of("provider", 1):
        alias = evaluate(block.body.expression("alias"))
        alias = alias if isinstance(alias, str) else None
        key = f"{block.labels[0]}.{alias}" if alias else block.labels[0]
        yield ProviderConfig(key=key, alias=alias, settings=_settings(block.body, frame))


def _settings(body: Body, frame: Frame) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, attribute in body.attributes.items():
        value = evaluate(attribute.expression, frame.lookup())
        found[name] = Sensitive(value) if values.is_secret(name) and isinstance(value, str) else value
    for block in body.blocks:
        found.setdefault(block.kind, []).append(_settings(block.body, frame))
    return found
