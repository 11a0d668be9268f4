"""Findings + the sources beside the plan -> findings with their places, and waivers from comments. Pure.

Used by the engine, and loaded only where there are sources.
"""

from __future__ import annotations

from collections.abc import Iterator

from planguard.config import Config, Waiver
from planguard.model import Action, Finding, Location, Note, Plan
from planguard.sources import Ignore, Sources

FORETOLD = "terraform-sources"


def located(plan: Plan, findings: tuple[Finding, ...], sources: Sources) -> tuple[Finding, ...]:
    """Every finding with the line that it is about, and what the sources say of its resource."""
    configs = _configs(plan)
    return tuple(_located(finding, configs.get(finding.address, finding.address), sources) for finding in findings)


def _located(finding: Finding, config: str, sources: Sources) -> Finding:
    if not finding.address:
        return finding
    block = sources.location(config)
    evidence = [*finding.evidence]
    calls = sources.called_from(config)
    if calls:
        verb = "is" if sources.stands(config) else "was"
        evidence.append(f"Its module {verb} called in {', from '.join(_place(call) for call in calls)}.")
    guard = sources.guard(config)
    if guard is not None and finding.action in (Action.DELETE.value, Action.REPLACE.value) and not finding.deposed:
        evidence.append(f"`prevent_destroy` stands in {_place(guard)}: Terraform refuses to destroy it.")
    # A place that a rule named itself, or that a diagnostic told, is more exact than the block.
    return finding._replace(source=finding.source or block, evidence=tuple(evidence))


def with_problems(plan: Plan, sources: Sources) -> Plan:
    """The plan with what could not be read of the sources: open questions where there is nothing else to go by."""
    problems = sources.undecided
    if not problems:
        return plan
    if plan.format == FORETOLD:
        return plan._replace(undecided=(*plan.undecided, *problems))
    notes = tuple(Note(f"Of the sources, {item.missing}") for item in problems)
    return plan._replace(notes=(*plan.notes, *notes))


def with_comments(
    config: Config, plan: Plan, findings: tuple[Finding, ...], sources: Sources
) -> tuple[Config, tuple[Note, ...]]:
    """The config with the waivers that stand in comments, and remarks about comments and the size of the edit."""
    notes = list(_proportion(plan, sources))
    waivers: list[Waiver] = []
    configs = _configs(plan)
    for finding in findings:
        for item in _beside(configs.get(finding.address, finding.address), sources):
            place = sources.now.tree.shown(Location(item.file, item.line))
            if item.problem is not None or not ({finding.rule, "*"} & set(item.rules)):
                continue
            if not config.comment_waivers:
                notes.append(Note(f"The comment in {_place(place)} waives nothing: planguard.yml does not allow that."))
                continue
            if sources.new_comment(item):
                # Otherwise whoever writes the edit, a person or an agent, could excuse it in the same breath.
                notes.append(Note(f"The comment in {_place(place)} came with this very edit, and waives nothing yet."))
                continue
            by = f"the comment in {_place(place)}"
            waivers.append(Waiver(finding.rule, finding.address, item.reason or "", by, item.until))
    notes += _wrong_comments(sources)
    return config._replace(waivers=(*config.waivers, *dict.fromkeys(waivers))), tuple(dict.fromkeys(notes))


def _beside(config: str, sources: Sources) -> Iterator[Ignore]:
    """The comments beside a resource or beside a call of a module that it is in."""
    parts = config.split(".")
    yield from sources.ignores.get(config, ())
    for length in range(len(parts) - 2, 1, -1):
        if parts[length - 2] == "module":
            yield from sources.ignores.get(".".join(parts[:length]), ())


def _wrong_comments(sources: Sources) -> Iterator[Note]:
    for items in sources.ignores.values():
        for item in items:
            if item.problem is not None:
                place = sources.now.tree.shown(Location(item.file, item.line))
                yield Note(f"The comment in {_place(place)} waives nothing: it {item.problem}.")
    for item in sources.ignores.get("", ()):
        if item.problem is None:
            place = sources.now.tree.shown(Location(item.file, item.line))
            yield Note(f"The comment in {_place(place)} stands beside no resource or module, and waives nothing.")


def _proportion(plan: Plan, sources: Sources) -> Iterator[Note]:
    size = sources.size()
    destroyed = sum(1 for change in plan.changes if change.action.destroys and not change.old_kept)
    if size is not None and destroyed:
        objects = "1 object" if destroyed == 1 else f"{destroyed:,} objects"
        does = "would destroy" if plan.format == FORETOLD else "destroys"
        yield Note(f"The edit: {size}. The {'edit' if plan.format == FORETOLD else 'plan'} {does} {objects}.")


def _configs(plan: Plan) -> dict[str, str]:
    """Address → address without keys."""
    found = {resource.address: resource.config for resource in plan.unchanged}
    found.update((change.resource.address, change.resource.config) for change in (*plan.drift, *plan.changes))
    return found


def _place(location: Location) -> str:
    return f"{location.file}:{location.line}" if location.line is not None else location.file
