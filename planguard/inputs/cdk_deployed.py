"""Cloud assemblies of the CDK, compared with the stacks as AWS has them now: one `Plan` for each stack of the app.

Each stack is asked for in its own region. Owns whose stack it is: credentials of another account would make every stack
look new, so the number of the account is compared first, and a stack of another account is undecided.
"""

from __future__ import annotations

from planguard.errors import ExternalError, InputError
from planguard.inputs import cdk, cfn_deployed, template_nested
from planguard.inputs.cfn_asked import UNSEEN, Account, Asked, Missing
from planguard.model import Note, Plan, Undecided

_NEW = "AWS does not have this stack yet: all of it is made."


def compare(path: str, account: Account) -> tuple[Plan, ...]:
    """One plan for each stack of the assembly. Raises PlanguardError where one of them cannot be read as a whole."""
    assembly = cdk.read(path)
    if not assembly.stacks:
        raise InputError("There is no stack in this assembly.", where=path)
    askers = _Askers(account)
    plans, strange = [], 0
    for key in sorted(assembly.stacks):
        stack = assembly.stacks[key]
        owner, region = cdk.place(stack)
        number = askers.number(region)
        if owner is not None and owner != number:
            strange += 1
            plan = _elsewhere(stack, owner, number)
        else:
            plan = _compared(askers.of(region), stack)
        plans.append(cdk.incomplete(plan) if assembly.missing else plan)
    if strange == len(plans):
        raise ExternalError(
            "No stack of this assembly belongs to the account of these credentials.", where=path,
            hint="Check --profile: each account is asked with credentials of its own.",
        )  # fmt: skip
    return tuple(plans)


class _Askers:
    """One for each region, made when it is needed."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._number: str | None = None
        self._known: dict[str | None, Asked] = {}

    def number(self, region: str | None) -> str:
        """The account of the credentials: asked for once."""
        if self._number is None:
            self._number = self.of(region).number()
        return self._number

    def of(self, region: str | None) -> Asked:
        if region not in self._known:
            self._known[region] = Asked(self._account._replace(region=region or self._account.region))
        return self._known[region]


def _compared(asked: Asked, stack: cdk.Stack) -> Plan:
    try:
        plan = cfn_deployed.update(asked, stack.key[1], stack.placed, providers=cdk.provider(stack, stack))
    except Missing:
        return _whole(stack, Note(_NEW))
    plan = plan._replace(source=stack.shown)
    on = any(provider.settings.get("termination_protection") is True for provider in plan.providers)
    return cdk.unprotected(plan) if on and not cdk.protected(stack) else plan


def _elsewhere(stack: cdk.Stack, owner: str, number: str) -> Plan:
    missing = f"It belongs to account {owner}, and these credentials to {number}: what it has now is not known."
    return _whole(stack)._replace(undecided=(Undecided(UNSEEN, "", missing),))


def _whole(stack: cdk.Stack, *notes: Note) -> Plan:
    plan = template_nested.whole(stack.placed, made=True)
    return plan._replace(
        source=stack.shown,
        workspace=stack.key[1],
        providers=cdk.provider(stack, stack),
        notes=(*plan.notes, *notes),
    )
