"""Change sets and deployed templates, read from AWS itself. The only module that uses boto3, and only when asked to.

Owns the calls: all of them read, none changes anything. Either the whole answer is read or there is none: a page that
fails ends the run. What this identity may not read is undecided. What the answers mean, the modules for files know.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from planguard.errors import ExternalError, InputError, PlanguardError
from planguard.inputs import cfn_forms, change_set, template, template_nested, template_tree
from planguard.inputs.cfn_join import join
from planguard.inputs.cfn_stack import parameters
from planguard.inputs.json_plans import digest
from planguard.inputs.template_diff import Given
from planguard.inputs.template_view import view_of
from planguard.inputs.text import documents
from planguard.model import Note, Plan, ProviderConfig, Sensitive, Undecided

UNSEEN = "unseen-in-aws"
"""What is undecided where AWS refuses to show something."""
_MOST = 500
"""Change sets inside one: CloudFormation allows far fewer."""
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_SLOW = frozenset({"Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown"})
_STRANGER = frozenset(
    {"InvalidClientTokenId", "SignatureDoesNotMatch", "UnrecognizedClientException", "InvalidAccessKeyId"}
)
_ATTEMPTS = 5


class Account(NamedTuple):
    """Which identity to ask with; without a word, what the SDK's own chain finds."""

    region: str | None = None
    profile: str | None = None


class _Denied(Exception):
    """This identity may not make this call."""


def planned(stack: str, name: str, account: Account, *, workspace: str | None = None) -> tuple[Plan, ...]:
    """The plan of a change set, nested ones inside it. Raises PlanguardError where it cannot be read as a whole."""
    asked = _Asked(account)
    plans = list(_tree(asked, stack, name, workspace))
    joined = join(plans)
    return (_around(asked, joined[0], stack), *joined[1:])


def compared(stack: str, path: str, account: Account, *, workspace: str | None = None) -> tuple[Plan, ...]:
    """What an update of a stack to the template in a file would do, as far as the two templates tell."""
    new = template_tree.in_folder(path)
    asked = _Asked(account)
    try:
        body = asked("get_template", StackName=stack, TemplateStage="Original")
    except _Denied:
        raise _refused("get_template") from None
    shown = f"{stack} in AWS"
    deployed = template_tree.Placed(_template(body, shown), template_tree.Nowhere(), "template", shown)
    given, undecided = _deployed(asked, stack, new.template)
    plan = template_nested.compare(deployed, new, given=given)._replace(workspace=workspace or stack)
    return (_around(asked, plan._replace(undecided=(*plan.undecided, *undecided)), stack),)


def _deployed(asked: _Asked, stack: str, new: template.Template) -> tuple[Given | None, tuple[Undecided, ...]]:
    """The values that the stack has for its parameters: an update keeps them unless somebody says otherwise."""
    try:
        found = parameters(_stack(asked, stack), set())
    except _Denied:
        missing = "The values of the stack's parameters may not be read (cloudformation:DescribeStacks)."
        return None, (Undecided(UNSEEN, "", missing),)
    values = {name: value for name, value in found.items() if not isinstance(value, Sensitive)}
    declared = new.body.get("Parameters")
    names = declared if isinstance(declared, dict) else {}
    return Given(values, {name: value for name, value in values.items() if name in names}), ()


# --- change sets ------------------------------------------------------------------------------------------------------


def _tree(asked: _Asked, stack: str, name: str, workspace: str | None) -> Iterator[Plan]:
    """The plan of a change set and of everything nested in it, the outermost first."""
    waiting: list[dict[str, str]] = [{"StackName": stack, "ChangeSetName": name}]
    seen: set[str] = set()
    while waiting:
        which = waiting.pop()
        if len(seen) >= _MOST:
            raise InputError("The change set holds too many others to be read.", where=stack)
        try:
            plan = _one(asked, which, workspace if not seen else None)
        except _Denied:
            if not seen:
                raise _refused("describe_change_set") from None
            continue  # the stack that it stands for is undecided in the plan around it
        seen.add(which["ChangeSetName"])
        yield plan
        for change in plan.changes:
            if change.nested and change.nested not in seen:
                seen.add(change.nested)
                waiting.append({"ChangeSetName": change.nested})


def _one(asked: _Asked, which: Mapping[str, str], workspace: str | None) -> Plan:
    pages = list(_pages(asked, which))
    text = json.dumps(pages, default=str)
    (found,) = cfn_forms.read(documents(text))
    shown = f"{pages[0].get('StackName', '?')}/{pages[0].get('ChangeSetName', '?')}"
    view = None
    undecided: tuple[Undecided, ...] = ()
    try:
        body = asked("get_template", **which, TemplateStage="Processed")
    except _Denied:
        missing = "The template of this change set may not be read (cloudformation:GetTemplate)."
        undecided = (Undecided(UNSEEN, "", missing),)
    else:
        view = view_of(_template(body, f"{shown} template"))
    plan = change_set.build(found, source=shown, digest=digest(text.encode()), workspace=workspace, template=view)
    return plan._replace(undecided=(*plan.undecided, *undecided))


def _pages(asked: _Asked, which: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    token: dict[str, str] = {}
    used: set[str] = set()
    first: tuple[Any, ...] | None = None
    while True:
        page = asked("describe_change_set", **which, **token, IncludePropertyValues=True)
        page.pop("ResponseMetadata", None)
        if not page.get("ChangeSetId") or not page.get("Status"):
            raise ExternalError("AWS's answer about the change set lacks its parts.", hint="Try again.")
        about = (page.get("ChangeSetId"), page.get("Status"), page.get("CreationTime"))
        if first is not None and about != first:
            raise InputError("The change set changed while it was read.", hint="Run planguard again.")
        first = about
        yield page
        following = page.get("NextToken")
        if not following:
            return
        if following in used:
            raise ExternalError("AWS gives the same page of the change set again and again.")
        used.add(following)
        token = {"NextToken": following}


def _template(response: Mapping[str, Any], shown: str) -> template.Template:
    body = response.get("TemplateBody")
    if not body:
        raise ExternalError("AWS gives no template.", where=shown)
    # botocore decodes a template in JSON by itself.
    text = body if isinstance(body, str) else json.dumps(body)
    return template.parse(text.encode(), shown)


# --- the stack around it ----------------------------------------------------------------------------------------------


def _around(asked: _Asked, plan: Plan, stack: str) -> Plan:
    """The plan with what only the stack itself tells: its tags as they are, its protection, its policy."""
    undecided, notes = list(plan.undecided), list(plan.notes)
    try:
        found = _stack(asked, stack)
    except _Denied:
        missing = "Tags and protection of the stack may not be read (cloudformation:DescribeStacks)."
        undecided.append(Undecided(UNSEEN, "", missing))
    else:
        plan = plan._replace(providers=_provider(plan, found))
        if found.get("EnableTerminationProtection") is False:
            notes.append(Note("Termination protection of this stack is off: anybody who may can delete it whole."))
    try:
        policy = asked("get_stack_policy", StackName=stack).get("StackPolicyBody")
    except _Denied:
        undecided.append(
            Undecided(UNSEEN, "", "The policy of the stack may not be read (cloudformation:GetStackPolicy).")
        )
    else:
        notes.append(Note("A stack policy may refuse some of this." if policy else "The stack has no stack policy."))
    return plan._replace(undecided=tuple(dict.fromkeys(undecided)), notes=tuple(notes))


def _stack(asked: _Asked, name: str) -> Mapping[str, Any]:
    stacks = asked("describe_stacks", StackName=name).get("Stacks") or []
    if len(stacks) != 1 or not isinstance(stacks[0], dict):
        raise ExternalError("AWS describes no such stack.", where=name)
    return stacks[0]


def _provider(plan: Plan, stack: Mapping[str, Any]) -> tuple[ProviderConfig, ...]:
    settings = dict(plan.providers[0].settings) if plan.providers else {}
    fields = str(stack.get("StackId", "")).split(":")
    if len(fields) > 5:
        settings["region"], settings["allowed_account_ids"] = fields[3], [fields[4]]
    tags = {str(tag.get("Key")): str(tag.get("Value")) for tag in stack.get("Tags") or ()}
    planned_tags = settings.get("default_tags", {}).get("tags", {})
    if tags or planned_tags:
        settings["default_tags"] = {"tags": {**planned_tags, **tags}}  # what is there now decides where it is
    return (ProviderConfig(key="aws", settings=settings),) if settings else ()


# --- asking -----------------------------------------------------------------------------------------------------------


class _Asked:
    """Makes calls, each of them retried where AWS is busy."""

    def __init__(self, account: Account) -> None:
        try:
            import boto3
            from botocore.config import Config
            from botocore.exceptions import BotoCoreError
        except ImportError:
            raise ExternalError(
                "Asking AWS takes boto3, which is not installed.", hint="pip install 'planguard-iac[aws]'"
            ) from None
        settings = Config(
            retries={"mode": "standard", "total_max_attempts": _ATTEMPTS}, connect_timeout=10, read_timeout=60
        )
        try:
            session = boto3.Session(profile_name=account.profile, region_name=account.region)
            self._client = session.client("cloudformation", config=settings)
        except (BotoCoreError, ValueError) as error:
            raise _unreachable(error) from None

    def __call__(self, call: str, **arguments: Any) -> dict[str, Any]:
        """The answer to one call. Raises _Denied where this identity may not make it, PlanguardError otherwise."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer: dict[str, Any] = getattr(self._client, call)(**arguments)
        except ClientError as error:
            raise _answered(error, call) from None
        except BotoCoreError as error:
            raise _unreachable(error) from None
        except Exception as error:  # an answer cut short is no BotoCoreError, and its sentence would quote the answer
            kind = type(error).__name__
            raise ExternalError(
                f"AWS's answer to {_action(call)} cannot be read ({kind}).", hint="Try again."
            ) from None
        return answer


def _answered(error: Any, call: str) -> Exception:
    """What AWS's refusal means."""
    told = error.response.get("Error", {})
    code, said = str(told.get("Code", "?")), template_nested.short(" ".join(str(told.get("Message", "")).split()))
    if code in _DENIED:
        return _Denied()
    if code in _EXPIRED:
        return ExternalError("The credentials for AWS have expired.", hint="Log in again (aws sso login), and rerun.")
    if code in _STRANGER:
        return ExternalError(f"AWS does not accept these credentials ({code}).", hint="Check --profile and AWS_* .")
    if code in _SLOW:
        return ExternalError(f"AWS throttles {_action(call)}, after {_ATTEMPTS} attempts.", hint="Try again later.")
    if code.startswith("ChangeSetNotFound"):
        return InputError("There is no such change set.", hint="Check --change-set, --stack, --region and --profile.")
    if code == "ValidationError" and "does not exist" in said:
        return InputError("There is no such stack.", hint="Check --stack, --region and --profile.")
    return ExternalError(f"AWS refuses {_action(call)} ({template_nested.short(code)}): {said or 'no reason given'}")


def _unreachable(error: Exception) -> PlanguardError:
    """What kept the SDK from asking at all. Its own sentences hold names and places, and no secrets."""
    kind = type(error).__name__
    hint = "Check --region and --profile, and the network."
    if "Credential" in kind or "SSO" in kind or "Token" in kind:
        hint = "Log in (aws sso login), set AWS_PROFILE, or give --profile."
    elif kind == "NoRegionError":
        hint = "Give --region, or set AWS_REGION."
    said = template_nested.short(" ".join(str(error).split())).rstrip(".")
    return ExternalError(f"AWS cannot be asked: {said}.", hint=hint)


def _refused(call: str) -> ExternalError:
    return ExternalError(
        f"This identity may not call {_action(call)}.", hint="docs/cloudformation.md has the policy that it needs."
    )


def _action(call: str) -> str:
    return "cloudformation:" + "".join(word.title() for word in call.split("_"))
