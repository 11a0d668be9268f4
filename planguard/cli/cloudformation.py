"""What CloudFormation and the CDK add to `check`: options, which go together, and what is read instead of plans.

Owns these words of the command line. What they lead to, `inputs` reads; this judges nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial, reduce
from typing import Any, NamedTuple, TypeVar

import click

from planguard.cli.options import GroupedOption
from planguard.model import Plan

_Command = TypeVar("_Command", bound=Callable[..., Any])
_option = partial(click.option, cls=GroupedOption, group="CloudFormation and CDK")
_OPTIONS = (
    _option("--template", metavar="FILE", help="The template behind the change set, or for --stack to become."),
    _option("--before", metavar="OLD", help="The template as deployed. Needs --after, and no AWS."),
    _option("--after", metavar="NEW", help="The template as it shall be. The old one: --before, or git by --base."),
    _option("--parameter", metavar="KEY=VALUE", multiple=True, help="A value of the stack, to compare templates with."),
    _option("--parameters", metavar="FILE", help="Such values as JSON: a mapping, or as AWS's commands take them."),
    _option("--base-assembly", metavar="DIR", help="CDK: the earlier cdk.out, to compare PLAN with."),
    _option("--deployed", is_flag=True, help="CDK: compare PLAN with the stacks that AWS has now."),
    _option("--stack", metavar="NAME", help="Ask AWS about this stack; with --change-set or --template."),
    _option("--change-set", metavar="NAME", help="The change set of the stack, as AWS has it."),
    _option("--region", metavar="REGION", help="AWS's region (else the stack's own, or the SDK's settings)."),
    _option("--profile", metavar="NAME", help="The profile of AWS's credentials (else the SDK's settings)."),
)


def options(command: _Command) -> _Command:
    """All options of CloudFormation and the CDK; the command takes them as `Words`."""
    return reduce(lambda made, option: option(made), reversed(_OPTIONS), command)


class Words(NamedTuple):
    """The options as they were given."""

    template: str | None
    before: str | None
    after: str | None
    parameter: tuple[str, ...]
    parameters: str | None
    base_assembly: str | None
    deployed: bool
    stack: str | None
    change_set: str | None
    region: str | None
    profile: str | None


class Templates(NamedTuple):
    """Two templates to compare."""

    before: str | None
    after: str
    base: str | None
    """The commit to take the old one from."""
    values: Sequence[str] = ()
    """Of parameters: KEY=VALUE."""
    values_file: str | None = None

    @property
    def source(self) -> str:
        """What it is called."""
        return self.after

    def load(self, workspace: str | None) -> tuple[Plan, ...]:
        """The plan."""
        from planguard import inputs

        values = inputs.parameters(self.values, self.values_file)
        return inputs.compared(self.before, self.after, base=self.base, workspace=workspace, parameters=values)


class Live(NamedTuple):
    """A stack to ask AWS about."""

    stack: str
    change_set: str | None
    template: str | None
    region: str | None
    profile: str | None
    values: Sequence[str] = ()
    """Of parameters: KEY=VALUE."""
    values_file: str | None = None

    @property
    def source(self) -> str:
        """What it is called."""
        return self.stack

    def load(self, workspace: str | None) -> tuple[Plan, ...]:
        """The plan."""
        from planguard import inputs

        return inputs.live(
            self.stack,
            change_set=self.change_set,
            template=self.template,
            region=self.region,
            profile=self.profile,
            workspace=workspace,
            parameters=inputs.parameters(self.values, self.values_file),
        )


def instead(words: Words, plans: Sequence[str], base: str | None, source: str | None) -> Templates | Live | None:
    """What is read instead of plans, if anything. Raises click.UsageError where the options do not fit together."""
    if words.deployed and (words.base_assembly or words.stack):
        raise click.UsageError("--deployed compares with AWS: give it without --base-assembly and --stack.")
    if words.stack is None and not words.deployed and (words.change_set or words.region or words.profile):
        raise click.UsageError("--change-set goes with --stack; --region and --profile, too, or with --deployed.")
    found: Templates | Live | None
    if words.stack is not None:
        others = plans or words.before or words.after or base or source or words.base_assembly
        found = _live(words, words.stack, alone=not others)
    else:
        pair = words.before is not None or words.after is not None
        found = _templates(words, plans, base if pair or not plans else None)
    if (words.parameter or words.parameters) and (found is None or (isinstance(found, Live) and found.change_set)):
        raise click.UsageError("--parameter and --parameters go with two templates, or with --stack and --template.")
    return found


def _live(words: Words, stack: str, *, alone: bool) -> Live:
    if not alone:
        raise click.UsageError("--stack asks AWS: give it without plans, --before, --after, --base and --source.")
    if (words.change_set is None) == (words.template is None):
        raise click.UsageError("With --stack, give either --change-set or --template.")
    return Live(stack, words.change_set, words.template, words.region, words.profile, words.parameter, words.parameters)


def _templates(words: Words, plans: Sequence[str], base: str | None) -> Templates | None:
    if words.before is None and words.after is None and base is None:
        if not plans:
            raise click.UsageError("Give a plan, or --before and --after with two templates.")
        return None
    if plans:
        raise click.UsageError("Give either plans or two templates, not both.")
    if words.after is None:
        raise click.UsageError("--after is missing: the template as it shall be.")
    if (words.before is None) == (base is None):
        raise click.UsageError("The old template comes either from --before or from --base, and from one of them.")
    return Templates(words.before, words.after, base, words.parameter, words.parameters)
