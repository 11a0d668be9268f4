"""What stands after `--`: which of terraform's options go where, and which ones would change what was judged.

Owns that table. Whatever is not in it is refused: an option that nobody here has heard of may do anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import click

from planguard.cli.options import GroupedCommand

_META = "planguard.passed"

_BOTH = frozenset(("compact-warnings", "lock", "lock-timeout", "no-color", "parallelism", "concise"))
_APPLY = frozenset(("json", "show-sensitive"))
_PLAN = frozenset(
    (
        *("destroy", "refresh", "refresh-only", "var", "var-file"),
        *("target", "target-file", "exclude", "exclude-file", "replace"),
    )
)
_TAKE_A_VALUE = frozenset(
    (
        *("lock-timeout", "parallelism", "var", "var-file", "target", "target-file", "exclude", "exclude-file"),
        *("replace", "state", "state-out", "backup", "out", "chdir", "generate-config-out"),
    )
)
_REFUSED = {
    "auto-approve": "terraform asks nothing when it applies a saved plan, and nothing but a human answers planguard",
    "state": "it would apply the plan to another state than the one that was judged",
    "state-out": "it would leave the state where the next plan does not find it",
    "backup": "it belongs to states in files, and says nothing to a plan",
    "out": "planguard itself says where the plan goes",
    "detailed-exitcode": "planguard's own exit codes would be mistaken for terraform's",
    "generate-config-out": "it writes sources, which is no part of applying",
    "input": "a saved plan holds its variables, so that terraform asks for nothing",
    "chdir": "give planguard itself --chdir, before the `--`",
}


class Passed(NamedTuple):
    """Terraform's options, by where they go."""

    plan: tuple[str, ...] = ()
    apply: tuple[str, ...] = ()


class PassesOn(GroupedCommand):
    """A command that keeps what stands after `--` apart; click would take it for arguments of its own."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own, passed = args, None
        if "--" in args:
            at = args.index("--")
            own, passed = args[:at], tuple(args[at + 1 :])
        ctx.meta[_META] = passed
        return super().parse_args(ctx, own)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return [*super().collect_usage_pieces(ctx), "[-- …]"]


def passed(ctx: click.Context) -> tuple[str, ...] | None:
    """What stood after `--`; None where there was none."""
    found: Any = ctx.meta.get(_META)
    return None if found is None else tuple(found)


def sort(arguments: Sequence[str], *, own_plan: bool) -> Passed:
    """Where each option goes. `own_plan`: planguard makes the plan itself, so that plan options have a place to go.

    Raises click.UsageError for what must not be passed on.
    """
    plan: list[str] = []
    apply: list[str] = []
    for name, words in _options(arguments):
        if name in _REFUSED:
            raise click.UsageError(f"-{name} cannot be passed on: {_REFUSED[name]}.")
        if name in _PLAN and not own_plan:
            raise click.UsageError(
                f"-{name} belongs to terraform plan: a saved plan is applied as it is. "
                "Leave the plan out, and planguard makes one with it."
            )
        if name not in _BOTH | _APPLY | _PLAN:
            raise click.UsageError(f"-{name} cannot be passed on: planguard does not know what it does to a plan.")
        if name in _PLAN or (name in _BOTH and own_plan):
            plan += words
        if name not in _PLAN:
            apply += words
    return Passed(tuple(plan), tuple(apply))


def _options(arguments: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Each option by its name, with its words."""
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if not word.startswith("-") or word.strip("-") == "":
            raise click.UsageError(
                "Only options may follow `--`: the plan stands before it, and there is one of them alone."
            )
        name, equals, _ = word.lstrip("-").partition("=")
        words = [word]
        if name in _TAKE_A_VALUE and not equals and rest:
            words.append(rest.pop(0))
        yield name, words
