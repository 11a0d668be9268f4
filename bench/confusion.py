"""Counts what was told rightly, wrongly and not at all, by rule, and puts it into tables. Pure: no files, no clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from bench.labelled import ALLOW, BLOCK, WARN, Judged
from bench.sections import table

NO_RULE = "(any rule)"
"""The row of a label that names no rule."""


def by_rule(judged: Iterable[Judged]) -> str:
    """True alarms, false alarms and what was missed, a row per rule."""
    true: Counter[str] = Counter()
    false: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for item in judged:
        true.update(finding.rule for finding in item.true)
        false.update(finding.rule for finding in item.false)
        missed.update(rule or NO_RULE for _, rule in item.missed)
    rows: list[tuple[object, ...]] = [
        (rule, true[rule], false[rule], missed[rule]) for rule in sorted(true | false | missed)
    ]
    rows.append(("**all**", true.total(), false.total(), missed.total()))
    return table(("rule", "true alarms", "false alarms", "missed"), rows)


def verdicts(judged: Sequence[Judged]) -> str:
    """What the labels say against what planguard says."""
    pairs = Counter((item.case.verdict, item.verdict) for item in judged)
    words = (BLOCK, WARN, ALLOW)
    rows: list[tuple[object, ...]] = [(f"label: {label}", *(pairs[label, got] for got in words)) for label in words]
    return table(("", *(f"planguard: {word}" for word in words)), rows)


def figures(judged: Sequence[Judged]) -> str:
    """J1 in two sentences."""
    losses = [item for item in judged if item.case.verdict == BLOCK]
    stopped = [item for item in losses if item.verdict == BLOCK and not item.missed]
    untouched = sum(len(item.harmless) for item in judged)
    false = sum(len(item.false) for item in judged)
    right = sum(item.right for item in judged)
    return (
        f"{right} of {len(judged)} plans come out as labelled. Of {len(losses)} that must be stopped, {len(stopped)} "
        f"are, with every address told. {false} alarms are false; {untouched} findings of high or more stand on "
        "something that the plan leaves alone."
    )


def disagreements(judged: Iterable[Judged]) -> str:
    """Every plan that does not come out as labelled."""
    rows: list[tuple[object, ...]] = []
    for item in judged:
        if item.right:
            continue
        wrong = [f"missed `{address or 'the plan'}`" for address, _ in item.missed]
        wrong += [f"`{finding.rule}` on `{finding.address or 'the plan'}`" for finding in item.false]
        rows.append((item.case.id, item.case.verdict, item.verdict, "; ".join(wrong)))
    return table(("case", "label", "planguard", "what is wrong"), rows) if rows else "None."
