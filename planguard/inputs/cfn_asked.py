"""Questions to AWS: credentials, retries, and what AWS's refusals mean. The only module that uses boto3.

Every call that is made through it reads. What the answers mean, others know. A refusal to this identity is `Denied`, so
that whoever asks can say what stays unseen; everything else that goes wrong is an error that ends the run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from planguard.errors import ExternalError, InputError, PlanguardError
from planguard.inputs import template
from planguard.inputs.template_nested import short

UNSEEN = "unseen-in-aws"
"""What is undecided where AWS refuses to show something."""
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


class Denied(Exception):
    """This identity may not make this call."""


class Missing(InputError):
    """There is no such stack."""


class Unused(Exception):
    """No stack imports this export: AWS says so by an error."""


class Asked:
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
        self._settings = Config(
            retries={"mode": "standard", "total_max_attempts": _ATTEMPTS}, connect_timeout=10, read_timeout=60
        )
        self._clients: dict[str, Any] = {}
        try:
            self._session = boto3.Session(profile_name=account.profile, region_name=account.region)
            named = self._session.profile_name
        except (BotoCoreError, ValueError) as error:
            raise _unreachable(error) from None
        self.profile: str | None = named if named != "default" else None
        """The profile of the credentials, where one was named."""
        self._client("cloudformation")

    def pages(self, call: str, key: str, **arguments: Any) -> Iterator[Any]:
        """What stands under `key` in every page of the answer to a call. Raises what a call raises."""
        token: dict[str, str] = {}
        used: set[str] = set()
        while True:
            page = self(call, **arguments, **token)
            yield from page.get(key) or ()
            following = page.get("NextToken")
            if not following:
                return
            if following in used:
                raise ExternalError(f"AWS gives the same page of {action(call)} again and again.")
            used.add(following)
            token = {"NextToken": following}

    def number(self) -> str:
        """The number of the account that the credentials belong to."""
        try:
            found = self("get_caller_identity", "sts").get("Account")
        except Denied:
            raise refused("get_caller_identity") from None
        if not isinstance(found, str) or not found:
            raise ExternalError("AWS does not say to which account these credentials belong.")
        return found

    def _client(self, service: str) -> Any:
        from botocore.exceptions import BotoCoreError

        if service not in self._clients:
            try:
                self._clients[service] = self._session.client(service, config=self._settings)
            except (BotoCoreError, ValueError) as error:
                raise _unreachable(error) from None
        return self._clients[service]

    def __call__(self, call: str, service: str = "cloudformation", /, **arguments: Any) -> dict[str, Any]:
        """The answer to one call. Raises Denied where this identity may not make it, PlanguardError otherwise."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer: dict[str, Any] = getattr(self._client(service), call)(**arguments)
        except ClientError as error:
            raise _answered(error, call) from None
        except BotoCoreError as error:
            raise _unreachable(error) from None
        except Exception as error:  # an answer cut short is no BotoCoreError, and its sentence would quote the answer
            kind = type(error).__name__
            raise ExternalError(f"AWS's answer to {action(call)} cannot be read ({kind}).", hint="Try again.") from None
        return answer


def _answered(error: Any, call: str) -> Exception:
    """What AWS's refusal means."""
    told = error.response.get("Error", {})
    code, message = str(told.get("Code", "?")), " ".join(str(told.get("Message", "")).split())
    if code in _DENIED:
        return Denied()
    if code in _EXPIRED:
        return ExternalError("The credentials for AWS have expired.", hint="Log in again (aws sso login), and rerun.")
    if code in _STRANGER:
        return ExternalError(f"AWS does not accept these credentials ({code}).", hint="Check --profile and AWS_* .")
    if code in _SLOW:
        return ExternalError(f"AWS throttles {action(call)}, after {_ATTEMPTS} attempts.", hint="Try again later.")
    if code.startswith("ChangeSetNotFound"):
        return InputError("There is no such change set.", hint="Check --change-set, --stack, --region and --profile.")
    if code == "ValidationError" and "is not imported by any stack" in message:
        return Unused()
    if code == "ValidationError" and "does not exist" in message:
        return Missing("There is no such stack.", hint="Check --stack, --region and --profile.")
    return ExternalError(f"AWS refuses {action(call)} ({short(code)}): {short(message) or 'no reason given'}")


def _unreachable(error: Exception) -> PlanguardError:
    """What kept the SDK from asking at all. Its own sentences hold names and places, and no secrets."""
    kind = type(error).__name__
    hint = "Check --region and --profile, and the network."
    if "Credential" in kind or "SSO" in kind or "Token" in kind:
        hint = "Log in (aws sso login), set AWS_PROFILE, or give --profile."
    elif kind == "NoRegionError":
        hint = "Give --region, or set AWS_REGION."
    said = short(" ".join(str(error).split())).rstrip(".")
    return ExternalError(f"AWS cannot be asked: {said}.", hint=hint)


def refused(call: str) -> ExternalError:
    """The error where a call is refused that nothing can be said without."""
    return ExternalError(
        f"This identity may not call {action(call)}.", hint="docs/cloudformation.md has the policy that it needs."
    )


def action(call: str) -> str:
    """The call as a policy of IAM names it."""
    service = "sts" if call == "get_caller_identity" else "cloudformation"
    return f"{service}:" + "".join(word.title() for word in call.split("_"))


def template_of(response: Mapping[str, Any], shown: str) -> template.Template:
    """The template in an answer of GetTemplate."""
    body = response.get("TemplateBody")
    if not body:
        raise ExternalError("AWS gives no template.", where=shown)
    # botocore decodes a template in JSON by itself.
    text = body if isinstance(body, str) else json.dumps(body)
    return template.parse(text.encode(), shown)
