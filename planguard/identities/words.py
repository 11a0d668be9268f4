"""Dangers and powers in words: short sentences, and the statements that take a danger away, ready to paste.

Owns the wording that findings and the audit share. Escapes nothing: whoever prints does.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from planguard.identities import actions, trust
from planguard.identities.audit import Identity, Side
from planguard.identities.dangers import GAIN, GUARD, SLIGHT, Danger, Power
from planguard.identities.document import UNTOLD
from planguard.identities.trust import Trusted

if TYPE_CHECKING:
    from planguard.identities.google import Gain

EXAMPLES = 3
UNSEEN = "Rights change here, and the input does not show how"
SHOW = "Give planguard the plan as JSON, or a change set with its property values: then it can tell."
_LONG = 90
DOING: Mapping[str, str] = {
    "account": "closing or leaving accounts",
    "data": "deleting data",
    "backup": "deleting backups",
    "keys": "deleting or disabling keys and secrets",
    "guard": "taking protections off",
    "escalation": "giving itself more rights",
    "audit": "switching off the audit trail",
    "identity": "deleting identities",
    "outage": "stopping or deleting what serves",
    "access": "taking access away",
    "content": "deleting content inside of stores",
    "other": "deleting other things",
}
"""The classes, as they complete the sentence "nothing keeps it from …"."""


def name(identity: Identity) -> str:
    """What to call an identity: `the role deployer`."""
    if identity.name.startswith(UNTOLD):
        own = identity.address.rpartition(".")[2]
        return f"the {identity.kind} {own}" if own else f"a {identity.kind} that the plan does not name"
    if identity.kind == "principal":
        return identity.name
    if identity.kind == "policy":
        return f"whoever holds the policy {identity.name}"
    return f"the {identity.kind} {identity.name}" if identity.name else f"a {identity.kind}"


def message(danger: Danger) -> str:
    """The finding's sentence."""
    who = _upper(name(danger.identity))
    if danger.way is not None:
        return f"{who} could {danger.way.text}"
    if danger.kind == GAIN and danger.powers:
        worst = danger.powers[0]
        return f"{who} could {actions.TITLES[worst.kind]} without a human: {granted(worst)}"
    if danger.kind == GUARD and danger.powers:
        worst = danger.powers[0]
        return f"Nothing would keep {name(danger.identity)} from {DOING[worst.kind]} any more: {granted(worst)}"
    if danger.kind == "boundary":
        return f"The permissions boundary of {name(danger.identity)} would go"
    if danger.kind == "trust":
        return f"More could become {name(danger.identity)}: {_listed([one.shown for one in danger.trusted], 2)}"
    return f"What {name(danger.identity)} may do cannot be told"


def granted(power: Power) -> str:
    """The action as written, and on what; of a policy of AWS its name."""
    if power.grant.policy:
        return f"AWS's policy {power.grant.policy}"
    if power.grant.statement.hidden:
        return "a policy that is marked as sensitive"
    resource = power.grant.resource
    where = "an object that is known only after apply" if resource == UNTOLD else f"`{_short(resource)}`"
    return f"`{_short(power.written)}` on {where}"


def evidence(danger: Danger) -> tuple[str, ...]:
    """The facts, a sentence each."""
    said = [f"{_upper(text)}." for text in danger.text]
    if danger.way is not None:
        said += [_way(danger)]
    said += [allowed(power) for power in _one_each(danger.powers)]
    said.append(behind(danger.identity))
    said += [f"`{hole}` stops no machine." for hole in danger.identity.after.effective.holes]
    if danger.identity.after.boundary and not danger.identity.after.boundary_known:
        said.append("It has a permissions boundary that the plan does not show; that may hold it back.")
    said += [f"Cannot tell: {text}." for text in danger.identity.after.unclear if text not in danger.text]
    return tuple(dict.fromkeys(said))


def allowed(power: Power) -> str:
    """One power with examples: what it could do, by which action."""
    names = list(actions.members(power.grant.mask, EXAMPLES))
    more = power.grant.mask.bit_count() - len(names)
    told = f"{', '.join(names)}{f' and {more} more' if more else ''}"
    said = f"It could {actions.TITLES[power.kind]}: {told}, by {granted(power)}"
    notes = []
    if power.scope.production:
        notes.append("names production")
    if power.scope.state:
        notes.append("is where Terraform keeps its state or lock")
    return f"{said}, which {' and '.join(notes)}." if notes else f"{said}."


def behind(identity: Identity) -> str:
    """Who may become it."""
    side = identity.after
    if identity.kind == "user":
        return (
            "It has an access key."
            if side.behind == trust.MACHINE
            else "Whether a person or a machine uses it, the plan does not tell."
        )
    if identity.kind in ("group", "policy"):
        return "Who holds it, the plan does not tell."
    if identity.kind == "principal":
        return "It is said by the policy of the thing itself, whatever the rights of the one who asks."
    return trusted(identity.address, side)


def trusted(address: str, side: Side) -> str:
    """Who may assume a role."""
    if not side.trusted:
        if not address or any("trust" in text for text in side.unclear):
            return "Who may assume it, the plan does not tell."
        return "Its trust policy lets nobody in yet."
    return f"{_upper(_listed(sorted({one.shown for one in side.trusted}), 3))} may assume it."


def remedy(danger: Danger) -> str:
    """The safer way, with statements to paste."""
    if danger.kind == "trust":
        return _narrow_trust(danger)
    if danger.kind == "boundary":
        return "Keep the boundary. Where it is in the way, widen the boundary itself, in a change of its own."
    if danger.kind == "unknown":
        return "Make the plan again once the ARNs exist, or write them with names that are known before."
    patterns = _patterns(danger)
    deny: dict[str, object] = {"Sid": "NoDestructionByMachines", "Effect": "Deny", "Action": patterns, "Resource": "*"}
    deny["Condition"] = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    said = (
        "Leave it out. Where people must be able to, deny it to whoever has no second factor, which is every machine:"
    )
    lines = [said, _pasted(deny)]
    if any(one.kind == "Federated" for one in danger.identity.after.trusted):
        lines.append(_TWO_ROLES)
    return "\n".join(lines)


def _pasted(statement: Mapping[str, object]) -> str:
    """A statement to paste: a line for each element, longer lists wrapped."""
    lines = []
    for name, value in statement.items():
        text = json.dumps(value)
        if isinstance(value, list) and len(text) > _LINE:
            inner = textwrap.wrap(text[1:-1], _LINE, break_long_words=False, break_on_hyphens=False)
            text = "[\n    " + "\n    ".join(inner) + "\n  ]"
        lines.append(f"  {json.dumps(name)}: {text}")
    return "{\n" + ",\n".join(lines) + "\n}"


_LINE = 60
_TWO_ROLES = (
    "For a pipeline: a role that only reads for the plan, and another for the apply, whose trust asks for the subject "
    "of a protected environment."
)


# --- Google and Azure -------------------------------------------------------------------------------------------------

BINDING_REMEDY = (
    "Give it the role that does only what it needs, on the one object that needs it. Let people destroy, by a group "
    "that they join for the time it takes."
)


def binding_message(gain: Gain) -> str:
    """The finding's sentence."""
    who = _upper(_member(gain))
    where = f" on `{_short(gain.where)}`" if gain.where not in ("", UNTOLD) else ""
    if gain.kind == "unknown":
        return f"What {_member(gain)} may do{where} cannot be told"
    if gain.kind == "trust":
        return f"Every token of the pool could become the service account{where}: {gain.member}"
    what = actions.TITLES[gain.classes[0]] if gain.kind == GAIN else actions.TITLES["escalation"]
    return f"{who} could {what} without a human: `{gain.role}`{where}"


def binding_evidence(gain: Gain) -> tuple[str, ...]:
    """The facts, a sentence each."""
    said = [f"{_upper(text)}." for text in gain.text]
    if gain.classes:
        could = [actions.TITLES[name] for name in gain.classes[:4]]
        said.append(f"With `{gain.role}` it could {_and(could)}.")
    return tuple(said)


def _member(gain: Gain) -> str:
    if gain.member in ("allUsers", "allAuthenticatedUsers"):
        return "anybody"
    if not gain.member:
        return f"whoever holds the role {gain.role}"
    if gain.member == UNTOLD:
        return "a principal that is known only after apply"
    return f"`{gain.member}`" if ":" in gain.member else f"the principal `{gain.member}`"


def _and(texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


# --- parts ------------------------------------------------------------------------------------------------------------


def _patterns(danger: Danger) -> list[str]:
    """The actions to deny: few enough to read."""
    grants = danger.way.grants if danger.way is not None else [p.grant for p in danger.powers if p.weight > SLIGHT]
    masks: dict[str, int] = {}
    for grant in grants or [power.grant for power in danger.powers]:
        for action in actions.members(grant.mask, 400):
            service, _, rest = action.partition(":")
            verb = "Delete*" if rest.startswith("Delete") else rest
            masks[f"{service}:{verb}"] = 1
    if len(masks) <= _MOST:
        return sorted(masks)
    mask = 0
    for grant in grants:
        mask |= grant.mask
    return [pattern for pattern in _WORST if actions.expand(pattern) & mask] or sorted(masks)[:_MOST]


_MOST = 12
"""So many patterns can be read; of more, the worst are denied."""
_WORST = (
    "rds:Delete*", "dynamodb:Delete*", "s3:DeleteBucket", "s3:PutLifecycleConfiguration", "s3:DeleteObjectVersion",
    "ec2:DeleteVolume", "ec2:DeleteSnapshot", "elasticfilesystem:Delete*", "elasticache:Delete*", "redshift:Delete*",
    "kms:ScheduleKeyDeletion", "kms:DisableKey", "secretsmanager:DeleteSecret", "backup:Delete*",
    "cloudformation:DeleteStack", "cloudtrail:StopLogging", "cloudtrail:DeleteTrail", "iam:*Policy", "iam:*Boundary",
    "organizations:LeaveOrganization", "account:CloseAccount",
)  # fmt: skip


def _narrow_trust(danger: Danger) -> str:
    if any(one.kind == trust.KEY for one in danger.trusted):
        return "Let it assume a role for what it does, by credentials that expire, instead of a key that does not."
    loose = [one for one in danger.trusted if one.kind == "Federated" and not one.hidden]
    if not loose:
        return "Name the roles that may assume it instead of everybody, and give it no more than these need."
    host = loose[0].value.split(":oidc-provider/")[-1]
    subject = _one_subject(danger, loose[0], host)
    condition = {"StringEquals": {f"{host}:aud": "sts.amazonaws.com", f"{host}:sub": subject}}
    return f"Ask for one subject, exactly:\n{json.dumps({'Condition': condition}, indent=2)}"


def _one_subject(danger: Danger, loose: Trusted, host: str) -> str:
    """The subject that was asked for until now, where it was one; else one in the form of the issuer."""
    old = [
        one.subjects for one in danger.identity.before.trusted if (one.kind, one.value) == ("Federated", loose.value)
    ]
    if len(old) == 1 and len(old[0]) == 1 and "*" not in old[0][0] and "?" not in old[0][0]:
        return old[0][0]
    if "github" not in host:
        return "the one subject that needs it"
    repository = ":".join(loose.subjects[0].split(":")[:2]) if loose.subjects[0].count(":") >= 2 else ""
    named = repository.startswith("repo:") and "*" not in repository and "?" not in repository
    return f"{repository if named else 'repo:ORGANISATION/REPOSITORY'}:environment:production"


def _way(danger: Danger) -> str:
    assert danger.way is not None
    told = []
    for grant in danger.way.grants[:4]:
        names = ", ".join(actions.members(grant.mask, EXAMPLES))
        where = "what is marked as sensitive" if grant.statement.hidden else f"`{_short(grant.resource)}`"
        told.append(f"{names} on {where}")
    return f"It is allowed {' and '.join(dict.fromkeys(told))}."


def _one_each(powers: Iterable[Power]) -> list[Power]:
    """The worst power of each class; what is only a nuisance where nothing is worse."""
    found: dict[str, Power] = {}
    for power in powers:
        if not found or power.weight > SLIGHT:
            found.setdefault(power.kind, power)
    return list(found.values())[:4]


def _listed(texts: list[str], most: int) -> str:
    more = len(texts) - most
    shown = ", ".join(texts[:most])
    return f"{shown} and {more} more" if more > 0 else shown


def _short(text: str) -> str:
    return text if len(text) <= _LONG else f"{text[: _LONG - 1]}…"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
