"""What the objects of IAM say, in one form for Terraform and CloudFormation: who there is, what is attached to whom.

Owns the names of attributes and properties. Follows no reference: what a plan does not know yet stays `UNTOLD`, and the
blocks that it comes from are named beside it. Judges nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from planguard.identities import document
from planguard.identities.document import NOTHING, UNTOLD, Document
from planguard.model import MISSING, UNKNOWN, Action, Change, Plan, Resource, Sensitive, Values

ROLE, USER, GROUP, POLICY = "role", "user", "group", "policy"


class Thing(NamedTuple):
    """One object on one side of the plan: an identity, a policy, an attachment, or several of these at once."""

    resource: Resource
    is_a: str = ""
    """`ROLE`, `USER`, `GROUP` or `POLICY`; empty for what only attaches."""
    name: str = ""
    """Its name; `UNTOLD` where the plan does not know it yet."""
    arn: str = ""
    trust: Document | None = None
    documents: tuple[Document, ...] = ()
    """What it says itself: inline policies, or the text of a policy."""
    arns: tuple[str, ...] = ()
    """The managed policies that it attaches."""
    boundary: str = ""
    holders: tuple[tuple[str, str], ...] = ()
    """(`ROLE` or the like, name) of those to whom it attaches something."""
    key_of: str = ""
    """The user whose access key it is."""
    groups: tuple[str, ...] = ()
    """Groups that its holders are put into."""


class Reader:
    """Reads the objects of one side of a plan."""

    def __init__(self, plan: Plan, side: str) -> None:
        self._plan = plan
        self._side = side
        self._reads: dict[str, list[Change]] = {}
        for change in plan.standing:
            if change.action is Action.READ:
                self._reads.setdefault(change.resource.config, []).append(change)

    def things(self) -> Iterator[Thing]:
        """Every object of IAM that there is on this side."""
        for change in (*self._plan.changes, *self._plan.standing):
            known = _TYPES.get(change.resource.type)
            values = values_of(change, self._side)
            if known is not None and values is not None and change.deposed is None:
                yield known(self, change.resource, values)

    def document(self, resource: Resource, value: Any, *, trust: bool = False) -> Document:
        """The document in an attribute; one that is written during the apply is put together from its blocks."""
        found = document.parse(value)
        if value is not UNKNOWN or self._side == "before":
            return found
        targets = self._plan.documents.get(resource.config, ())
        written = (self._written(resource, target, 0) for target in targets)
        told = [one for one in written if one is not None and _is_trust(one) == trust]
        if not told:
            return found
        return Document(
            tuple(statement for one in told for statement in one.statements),
            tuple(dict.fromkeys(reason for one in told for reason in one.unclear)),
        )

    def _written(self, resource: Resource, target: str, depth: int) -> Document | None:
        instances = self._reads.get(target, [])
        near = [one for one in instances if one.resource.module == resource.module]
        for read in near or instances:
            assert read.after is not None
            found = document.from_blocks(read.after.tree)
            inner = [self._written(resource, more, depth + 1) for more in self._plan.documents.get(target, ())[:20]]
            if depth < 10 and inner and all(inner):
                found = Document(
                    found.statements + tuple(s for one in inner if one is not None for s in one.statements)
                )
            return found
        return None


def values_of(change: Change, side: str) -> Values | None:
    """The attributes on one side; what is only forgotten stays in the cloud as it is. Of a change that shows one side
    alone, that one stands for both: what cannot be compared is no gain."""
    if valueless(change):
        return change.after if change.before is None else change.before
    if side == "before" or change.action is Action.FORGET or (change.action is Action.DELETE and change.old_kept):
        return change.before
    return change.after


def valueless(change: Change) -> bool:
    """Whether an input does not show what an object was, or what it will be (streams, change sets without values)."""
    touched = change.action in (Action.UPDATE, Action.REPLACE, Action.UNKNOWN)
    return touched and (change.before is None or change.after is None)


def _is_trust(found: Document) -> bool:
    return any(statement.principals for statement in found.statements)


# --- Terraform --------------------------------------------------------------------------------------------------------


def _role(reader: Reader, resource: Resource, values: Values) -> Thing:
    return _principal(reader, resource, values, ROLE)._replace(
        trust=reader.document(resource, values.get("assume_role_policy"), trust=True)
    )


def _user(reader: Reader, resource: Resource, values: Values) -> Thing:
    return _principal(reader, resource, values, USER)


def _group(reader: Reader, resource: Resource, values: Values) -> Thing:
    return _principal(reader, resource, values, GROUP)


def _principal(reader: Reader, resource: Resource, values: Values, kind: str) -> Thing:
    inline = values.get("inline_policy")
    blocks = [block for block in _list(inline) if isinstance(block, Mapping)]
    documents = tuple(reader.document(resource, block.get("policy")) for block in blocks)
    if inline is UNKNOWN and _is_set(resource, values):
        documents = (Document(unclear=("its inline policies are known only after apply",)),)
    return Thing(
        resource,
        is_a=kind,
        name=text(values.get("name")),
        arn=text(values.get("arn")),
        documents=tuple(one for one in documents if one != NOTHING),
        arns=_known_arns(values.get("managed_policy_arns")),
        boundary=text(values.get("permissions_boundary")),
    )


def _is_set(resource: Resource, values: Values) -> bool:
    """On creation these computed attributes are unknown although nobody wrote them."""
    return isinstance(values.get("arn"), str)


def _known_arns(value: Any) -> tuple[str, ...]:
    """ARNs of a computed attribute: unknown as a whole means that nobody wrote it."""
    return () if _plain(value) is UNKNOWN else texts(value)


def _policy(reader: Reader, resource: Resource, values: Values) -> Thing:
    return Thing(
        resource,
        is_a=POLICY,
        name=text(values.get("name")),
        arn=text(values.get("arn")),
        documents=(reader.document(resource, values.get("policy")),),
    )


def _inline(kind: str) -> Callable[[Reader, Resource, Values], Thing]:
    def read(reader: Reader, resource: Resource, values: Values) -> Thing:
        return Thing(
            resource,
            documents=(reader.document(resource, values.get("policy")),),
            holders=((kind, text(values.get(kind))),),
        )

    return read


def _attachment(kind: str) -> Callable[[Reader, Resource, Values], Thing]:
    def read(_: Reader, resource: Resource, values: Values) -> Thing:
        return Thing(resource, arns=texts(values.get("policy_arn")), holders=((kind, text(values.get(kind))),))

    return read


def _attachments(_: Reader, resource: Resource, values: Values) -> Thing:
    holders = tuple((kind, name) for kind in (ROLE, USER, GROUP) for name in texts(values.get(f"{kind}s")))
    return Thing(resource, arns=texts(values.get("policy_arn")), holders=holders)


def _exclusive(kind: str) -> Callable[[Reader, Resource, Values], Thing]:
    def read(_: Reader, resource: Resource, values: Values) -> Thing:
        return Thing(
            resource, arns=texts(values.get("policy_arns")), holders=((kind, text(values.get(f"{kind}_name"))),)
        )

    return read


def _access_key(_: Reader, resource: Resource, values: Values) -> Thing:
    return Thing(resource, key_of=text(values.get("user")), holders=((USER, text(values.get("user"))),))


def _memberships(_: Reader, resource: Resource, values: Values) -> Thing:
    users = texts(values.get("users" if values.get("users") is not MISSING else "user"))
    groups = texts(values.get("groups" if values.get("groups") is not MISSING else "group"))
    return Thing(resource, holders=tuple((USER, name) for name in users), groups=groups)


# --- CloudFormation ---------------------------------------------------------------------------------------------------


def _cfn_principal(kind: str) -> Callable[[Reader, Resource, Values], Thing]:
    def read(_: Reader, resource: Resource, values: Values) -> Thing:
        blocks = _list(values.get("Policies"))
        return Thing(
            resource,
            is_a=kind,
            name=text(values.get(f"{kind.capitalize()}Name")) or UNTOLD,
            trust=document.parse(values.get("AssumeRolePolicyDocument")) if kind == ROLE else None,
            documents=tuple(
                document.parse(block.get("PolicyDocument")) if isinstance(block, Mapping) else document.parse(UNKNOWN)
                for block in blocks
            ),
            arns=texts(values.get("ManagedPolicyArns")),
            groups=texts(values.get("Groups")),
            boundary=text(values.get("PermissionsBoundary")),
        )

    return read


def _cfn_policy(managed: bool) -> Callable[[Reader, Resource, Values], Thing]:
    def read(_: Reader, resource: Resource, values: Values) -> Thing:
        names = {ROLE: ("Roles", "RoleName"), USER: ("Users", "UserName"), GROUP: ("Groups", "GroupName")}
        holders = tuple((kind, name) for kind, keys in names.items() for key in keys for name in texts(values.get(key)))
        return Thing(
            resource,
            is_a=POLICY if managed else "",
            name=(text(values.get("ManagedPolicyName")) or UNTOLD) if managed else "",
            documents=(document.parse(values.get("PolicyDocument")),),
            holders=holders,
        )

    return read


def _cfn_memberships(_: Reader, resource: Resource, values: Values) -> Thing:
    holders = tuple((USER, name) for name in texts(values.get("Users")))
    return Thing(resource, holders=holders, groups=texts(values.get("GroupName")))


def _cfn_key(_: Reader, resource: Resource, values: Values) -> Thing:
    name = text(values.get("UserName"))
    return Thing(resource, key_of=name, holders=((USER, name),))


_TYPES: Mapping[str, Callable[[Reader, Resource, Values], Thing]] = {
    "aws_iam_role": _role,
    "aws_iam_user": _user,
    "aws_iam_group": _group,
    "aws_iam_policy": _policy,
    "aws_iam_role_policy": _inline(ROLE),
    "aws_iam_user_policy": _inline(USER),
    "aws_iam_group_policy": _inline(GROUP),
    "aws_iam_role_policy_attachment": _attachment(ROLE),
    "aws_iam_user_policy_attachment": _attachment(USER),
    "aws_iam_group_policy_attachment": _attachment(GROUP),
    "aws_iam_policy_attachment": _attachments,
    "aws_iam_role_policy_attachments_exclusive": _exclusive(ROLE),
    "aws_iam_user_policy_attachments_exclusive": _exclusive(USER),
    "aws_iam_group_policy_attachments_exclusive": _exclusive(GROUP),
    "aws_iam_access_key": _access_key,
    "aws_iam_user_group_membership": _memberships,
    "aws_iam_group_membership": _memberships,
    "AWS::IAM::Role": _cfn_principal(ROLE),
    "AWS::IAM::User": _cfn_principal(USER),
    "AWS::IAM::Group": _cfn_principal(GROUP),
    "AWS::IAM::Policy": _cfn_policy(managed=False),
    "AWS::IAM::RolePolicy": _cfn_policy(managed=False),
    "AWS::IAM::UserPolicy": _cfn_policy(managed=False),
    "AWS::IAM::GroupPolicy": _cfn_policy(managed=False),
    "AWS::IAM::ManagedPolicy": _cfn_policy(managed=True),
    "AWS::IAM::AccessKey": _cfn_key,
    "AWS::IAM::UserToGroupAddition": _cfn_memberships,
}

TYPES = frozenset(_TYPES)
"""The types that are read here."""


# --- values -----------------------------------------------------------------------------------------------------------


def text(value: Any) -> str:
    """One text; empty where there is none, `UNTOLD` where it is not known yet."""
    value = _plain(value)
    if value is MISSING or value is None:
        return ""
    return value if isinstance(value, str) else UNTOLD


def texts(value: Any) -> tuple[str, ...]:
    """One text or several."""
    value = _plain(value)
    if value is MISSING or value is None:
        return ()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(text(item) for item in value if _plain(item) is not None)
    return (text(value),)


def _list(value: Any) -> list[Any]:
    value = _plain(value)
    if value is MISSING or value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def _plain(value: Any) -> Any:
    return value.peek() if isinstance(value, Sensitive) else value
