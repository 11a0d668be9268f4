"""Which resources are production, and on what evidence.

Owns the weighing: ranks of evidence, contradictions, neighbours. `words` knows the vocabulary, `clues` looks into
objects, `surroundings` at the plan around them. Gives evidence with every answer, and never a severity.

The first rank with an answer wins. Where a lower rank plainly says production against it, the answer is production all
the same, and the contradiction is said: the worse mistake is the one that deletes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from operator import attrgetter
from typing import NamedTuple

from planguard import bundled
from planguard.config import Config
from planguard.model import Change, Environment, Evidence, Plan, Resource, Tier, Values
from planguard.production.clues import NEIGHBOURS, Clue, Reader
from planguard.production.keys import Keys
from planguard.production.surroundings import Surroundings
from planguard.production.words import Kind, Match, Words

__all__ = ["Environments", "Kind", "Match", "classify", "match"]

_MANY = 50
"""From so many names on it pays to look over all of them first; CloudFormation has one for each object."""
_default: list[tuple[Words, Keys]] = []
_MODULE, _NAME, _KEY = attrgetter("module"), attrgetter("name"), attrgetter("key")


def classify(plan: Plan, config: Config, *, stated: Tier | None = None, path: str | None = None) -> Environments:
    """The environments of everything in `plan`.

    `stated` is what the user says of this run (`--environment`), `path` where the plan lies, as the user wrote it.
    """
    return Environments(plan, config, stated=stated, path=path)


def match(text: str, kind: Kind = "name") -> Match:
    """What one string says, by the built-in words; of a `variable` it reads `key=value`."""
    if not _default:
        data = bundled.load("production")
        words = Words(data)
        _default.append((words, Keys(data, words)))
    words, keys = _default[0]
    return keys.pair(text) if kind == "variable" else words.match(text, kind)


class _Tally(NamedTuple):
    """How many resources with evidence of their own say what."""

    production: int = 0
    shared: int = 0
    """Those among production that are only shared with it."""
    other: int = 0
    unclear: int = 0
    """Contradictions, and names that touch production beside something else."""


class Environments:
    """The environment of every resource of one plan. Answers are made when asked for, and remembered."""

    def __init__(self, plan: Plan, config: Config, *, stated: Tier | None = None, path: str | None = None) -> None:
        said, data = config.production, bundled.load("production")
        words = Words(data, said.words)
        self._reader = Reader(data, words, Keys(data, words, said.tag_keys), said, plan.secrets)
        self._around = Surroundings(data, self._reader, plan, stated, path, said)
        self._plan = plan
        labels = {change.resource.name for change in plan.changes}
        if len(labels) > _MANY:
            self._reader.look_over(labels)
        self._of: dict[int, tuple[Change, Environment]] = {}
        self._after: dict[int, tuple[Change, Environment]] = {}
        self._own: dict[int, tuple[Change, tuple[Clue, ...]]] = {}
        self._outers: dict[str, tuple[Clue, ...]] = {}
        self._unchanged: dict[Resource, Environment] = {}
        self._weights: dict[tuple[Clue, ...], Environment] = {}
        self._tally: _Tally | None = None
        self._whole: Environment | None = None

    # --- the questions ------------------------------------------------------------------------------------------------

    def of(self, change: Change) -> Environment:
        """What the changed object belongs to, judged by what it is now; by what it will be if it is new."""
        known = self._of.get(id(change))
        if known is None or known[0] is not change:
            answer = self._answer((*self._own_clues(change), *self._outer(change.resource)))
            known = self._of[id(change)] = change, answer
        return known[1]

    def of_after(self, change: Change) -> Environment:
        """What it will belong to by its attributes afterwards and by the plan, not by its address or its neighbours.

        Where this says "other" and `of` says production, the plan was made with the wrong workspace or variables.
        """
        known = self._after.get(id(change))
        if known is None or known[0] is not change:
            answer = _NONE
            if change.after is not None:
                answer = self._weighed((*self._in_values(change.resource, change.after), *self._outer(change.resource)))
            known = self._after[id(change)] = change, answer
        return known[1]

    def of_resource(self, resource: Resource) -> Environment:
        """The same for an object that the plan leaves alone: only its address, the plan and the neighbours speak."""
        if resource not in self._unchanged:
            address = self._reader.address(resource)
            clues = [*self._reader.statements(resource, None), *([address] if address else [])]
            self._unchanged[resource] = self._answer((*clues, *self._outer(resource)))
        return self._unchanged[resource]

    @property
    def plan(self) -> Environment:
        """The plan as a whole: what is stated of it, and what most of its resources say."""
        if self._whole is None:
            around = [*self._around.general, *self._around.providers()]
            majority = _majority(self._neighbours())
            self._whole = _weigh([*around, *([majority] if majority else [])])
        return self._whole

    # --- gathering ----------------------------------------------------------------------------------------------------

    def _outer(self, resource: Resource) -> tuple[Clue, ...]:
        """What the plan and the provider say of everything; there are thousands of objects, and few providers."""
        known = self._outers.get(resource.provider)
        if known is None:
            around = self._around
            known = self._outers[resource.provider] = (*around.general, *around.of_provider(resource.provider))
        return known

    def _own_clues(self, change: Change) -> tuple[Clue, ...]:
        known = self._own.get(id(change))
        if known is None or known[0] is not change:
            values = change.before if change.before is not None else change.after
            reader, resource = self._reader, change.resource
            clues = self._in_values(resource, values) if values is not None else list(reader.statements(resource, None))
            addresses = [reader.address(resource)]
            if change.previous_address and change.before is not None:
                addresses.append(reader.whole_address(change.previous_address))
            clues += [clue for clue in addresses if clue is not None]
            if values is not None and not clues:
                clues = reader.references(values)
            known = self._own[id(change)] = change, tuple(clues)
        return known[1]

    def _in_values(self, resource: Resource, values: Values) -> list[Clue]:
        reader = self._reader
        project = reader.project(resource, values)
        return [
            *reader.statements(resource, values),
            *reader.tags(values),
            *([project] if project else []),
            *reader.names(values),
        ]

    # --- neighbours ---------------------------------------------------------------------------------------------------

    def _weighed(self, clues: tuple[Clue, ...]) -> Environment:
        """`_weigh`, remembered: what has the same tags says the same."""
        answer = self._weights.get(clues)
        if answer is None:
            answer = self._weights[clues] = _weigh(clues)
        return answer

    def _answer(self, clues: tuple[Clue, ...]) -> Environment:
        """The answer from an object's own clues and the plan's; from its neighbours when there is none."""
        answer = self._weighed(clues)
        if answer.tier is not Tier.UNKNOWN or answer.contradiction:
            return answer
        neighbours = _unanimous(self._neighbours(), touched=any(clue.touches for clue in clues))
        if neighbours is None:
            return answer
        return answer._replace(tier=neighbours.tier, evidence=(*answer.evidence, neighbours))

    def _neighbours(self) -> _Tally:
        if self._tally is None:
            tiers: Counter[str] = Counter()
            for change in self._plan.changes or self._plan.drift:
                tiers[_voice(self._own_clues(change))] += 1
            # A sample can show that production is among them, but not that it is nowhere: that takes hearing them all.
            sampled = len(self._plan.witnesses) < len(self._plan.unchanged)
            for witness in self._plan.witnesses:
                voice = _voice(self._own_clues(witness))
                tiers["silent" if sampled and voice == Tier.OTHER.value else voice] += 1
            self._count_unchanged(tiers)
            shared = tiers["shared"]
            self._tally = _Tally(tiers["production"] + shared, shared, tiers["other"], tiers["unclear"])
        return self._tally

    def _count_unchanged(self, tiers: Counter[str]) -> None:
        """Adds what unchanged resources say. There may be 100,000: whole modules at a time, where that is enough."""
        reader, unchanged = self._reader, self._plan.unchanged
        heard = {witness.resource.address for witness in self._plan.witnesses}
        if heard:
            unchanged = tuple(resource for resource in unchanged if resource.address not in heard)
        names = {name for name in set(map(_NAME, unchanged)) if reader.label(name)}
        keys = {key for key in set(map(_KEY, unchanged)) if isinstance(key, str) and reader.key(key)}
        modules = Counter(map(_MODULE, unchanged))
        for resource in unchanged if names or keys else ():
            if resource.name in names or resource.key in keys:
                address = reader.address(resource)
                tiers[_voice([address] if address else [])] += 1
                modules[resource.module] -= 1
        for module in modules if reader.words.may_tell("\n".join(modules)) else ():
            clue = reader.module(module)
            tiers[_voice([clue] if clue else [])] += modules[module]


# --- weighing -------------------------------------------------------------------------------------------------------

_NONE = Environment(Tier.UNKNOWN)


def _weigh(clues: Sequence[Clue]) -> Environment:
    """The first rank with an answer, unless another plainly says production."""
    if not clues:
        return _NONE
    ordered = _sorted(clues)
    evidence = tuple(clue.evidence for clue in ordered)
    final = next((clue for clue in ordered if clue.final), None)
    if final is not None:
        return Environment(final.tier, evidence)
    answers = [clue for clue in ordered if clue.tier is not Tier.UNKNOWN]
    if not answers:
        return Environment(Tier.UNKNOWN, evidence)
    rank = answers[0].rank
    tier = _of_rank([clue for clue in answers if clue.rank == rank])
    if tier is None or (tier is Tier.OTHER and any(c.tier is Tier.PRODUCTION and c.strong for c in answers)):
        return Environment(Tier.PRODUCTION, evidence, contradiction=True)
    if tier is Tier.OTHER and any(clue.touches and clue.rank <= rank for clue in ordered):
        return Environment(Tier.UNKNOWN, evidence)
    plainly = any(clue.tier is Tier.PRODUCTION and not clue.shared for clue in answers)
    against = tier is Tier.PRODUCTION and plainly and any(clue.tier is Tier.OTHER for clue in answers)
    return Environment(tier, evidence, contradiction=against)


def _of_rank(clues: Sequence[Clue]) -> Tier | None:
    """What the clues of one rank say together; None if they contradict each other."""
    tiers = {clue.tier for clue in clues}
    if len(tiers) == 1:
        return clues[0].tier
    if all(clue.shared for clue in clues if clue.tier is Tier.PRODUCTION):
        return Tier.OTHER  # shared-services, tagged dev
    return None


def _sorted(clues: Sequence[Clue]) -> Sequence[Clue]:
    if len(clues) == 1:
        return clues
    ordered: list[Clue] = []
    for clue in sorted(clues, key=_order):
        if not ordered or clue != ordered[-1]:
            ordered.append(clue)
    return ordered


_PLACES = {Tier.PRODUCTION.value: 0, Tier.UNKNOWN.value: 1, Tier.OTHER.value: 2}


def _order(clue: Clue) -> tuple[int, int, str, str]:
    """Strongest first, production before other; the rest only so that the same input gives the same order."""
    evidence = clue.evidence
    return evidence.rank, _PLACES[evidence.tier.value], evidence.source, evidence.text


def _voice(clues: Sequence[Clue]) -> str:
    """What one resource says to its neighbours."""
    if not clues:
        return "silent"
    first = clues[0]
    if len({clue.tier.value for clue in clues}) == 1 and not (first.shared or first.touches):
        return first.tier.value
    answer = _weigh(clues)
    if answer.contradiction or (answer.tier is Tier.UNKNOWN and answer.evidence):
        return "unclear"
    if answer.tier is Tier.PRODUCTION and all(clue.shared for clue in clues if clue.tier is Tier.PRODUCTION):
        return "shared"
    return "silent" if answer.tier is Tier.UNKNOWN else answer.tier.value


def _unanimous(tally: _Tally, *, touched: bool) -> Evidence | None:
    """What the neighbours say of a resource that says nothing; None when there are none."""
    production, other, unclear = tally.production, tally.other, tally.unclear
    if production and other:
        text = f"of the others with a name or tag, {production} {_are(production)} production and {other} not"
        return Evidence(Tier.UNKNOWN, "neighbours", text, NEIGHBOURS)
    if production:
        return Evidence(Tier.PRODUCTION, "neighbours", f"{_all(production)} production", NEIGHBOURS)
    if not other:
        return None
    if unclear or touched:
        text = f"{other} of the others {_are(other)} not production, but not all of them are clear"
        return Evidence(Tier.UNKNOWN, "neighbours", text, NEIGHBOURS)
    return Evidence(Tier.OTHER, "neighbours", f"{_all(other)} not production", NEIGHBOURS)


def _majority(tally: _Tally) -> Clue | None:
    """What most resources of the plan say; production when as many say so as not."""
    total = tally.production + tally.other + tally.unclear
    if not total:
        return None
    production = tally.production >= max(tally.other, 1)
    number = tally.production if production else tally.other
    tier = Tier.PRODUCTION if production else Tier.OTHER if tally.other > tally.unclear else Tier.UNKNOWN
    is_not = "production" if production else "not production"
    text = f"{number} of {total} resources with a name or tag {_are(number)} {is_not}"
    if tier is Tier.UNKNOWN:
        text = f"names and tags of {total} resource{'' if total == 1 else 's'} leave it open"
    strong = tally.production > tally.shared
    return Clue(Evidence(tier, "resources", text, NEIGHBOURS), strong=strong, shared=not strong and production)


def _all(number: int) -> str:
    return "the only other one with a name or tag is" if number == 1 else f"all {number} others with a name or tag are"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"
