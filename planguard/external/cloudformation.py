"""Executing a change set of CloudFormation and following it to its end: the only calls of planguard that change AWS.

Owns those calls and their failures. Judges nothing: whoever calls has read the change set, twice. It is named by its
ARN, which stands for one change set that never changes; a stack that moved on meanwhile makes AWS refuse.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from planguard.errors import ExternalError

PAUSE = 3.0
"""Seconds between two questions to AWS."""
_GOOD = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"})


class Step(NamedTuple):
    """One event of the stack."""

    id: str
    resource: str
    """Logical id."""
    status: str
    reason: str
    own: bool
    """About the stack itself, not about something in it."""

    @property
    def ends(self) -> bool:
        """Whether nothing more will happen that matters."""
        return self.own and (self.status in _GOOD or self.status.endswith(("_COMPLETE", "_FAILED")))

    @property
    def good(self) -> bool:
        """Whether the change set is in force."""
        return self.own and self.status in _GOOD


class Stack:
    """One stack, and the right to change it."""

    def __init__(self, name: str, region: str | None, profile: str | None) -> None:
        try:
            import boto3
            from botocore.config import Config
            from botocore.exceptions import BotoCoreError
        except ImportError:
            raise ExternalError(
                "Asking AWS takes boto3, which is not installed.", hint="pip install 'planguard-iac[aws]'"
            ) from None
        self._name = name
        # Executing twice must not happen because an answer got lost.
        settings = Config(retries={"mode": "standard", "total_max_attempts": 1}, connect_timeout=10, read_timeout=60)
        try:
            session = boto3.Session(profile_name=profile, region_name=region)
            self._client = session.client("cloudformation", config=settings)
        except (BotoCoreError, ValueError) as error:
            raise ExternalError(f"AWS cannot be asked ({type(error).__name__}).", hint="Check --profile.") from None

    def last_event(self) -> str:
        """The id of the stack's latest event; empty where there is none."""
        events = self._call("describe_stack_events", StackName=self._name).get("StackEvents") or [{}]
        return str(events[0].get("EventId", ""))

    def execute(self, change_set: str) -> None:
        """Execute the change set with this ARN."""
        self._call("execute_change_set", ChangeSetName=change_set)

    def follow(self, since: str, pause: Callable[[float], None] = time.sleep) -> Iterator[Step]:
        """The events after `since` as they come; the last one tells how the stack itself ended up.

        Events and not the status of the stack: for a moment that is still the one from before.
        """
        seen = since
        while True:
            for step in self._steps(seen):
                yield step
                seen = step.id
                if step.ends:
                    return
            pause(PAUSE)

    def _steps(self, since: str) -> list[Step]:
        """Oldest first. AWS tells the newest first, page by page."""
        found: list[Step] = []
        token: dict[str, str] = {}
        while True:
            page = self._call("describe_stack_events", StackName=self._name, **token)
            for event in page.get("StackEvents") or ():
                if event.get("EventId") == since:
                    return found[::-1]
                found.append(_step(event))
            if not page.get("NextToken"):
                return found[::-1]
            token = {"NextToken": page["NextToken"]}

    def _call(self, call: str, **arguments: Any) -> dict[str, Any]:
        from botocore.exceptions import BotoCoreError, ClientError

        action = "cloudformation:" + "".join(word.title() for word in call.split("_"))
        try:
            answer: dict[str, Any] = getattr(self._client, call)(**arguments)
        except ClientError as error:
            told = error.response.get("Error", {})
            said = " ".join(str(told.get("Message", "")).split())[:300]
            raise ExternalError(
                f"AWS refuses {action} ({told.get('Code', '?')}): {said or 'no reason given'}"
            ) from None
        except BotoCoreError as error:
            raise ExternalError(
                f"AWS does not answer {action} ({type(error).__name__}).", hint="Look at the stack before you go on."
            ) from None
        return answer


def _step(event: Mapping[str, Any]) -> Step:
    return Step(
        id=str(event.get("EventId") or ""),
        resource=str(event.get("LogicalResourceId") or ""),
        status=str(event.get("ResourceStatus") or ""),
        reason=str(event.get("ResourceStatusReason") or ""),
        own=bool(event.get("StackId")) and event.get("PhysicalResourceId") == event.get("StackId"),
    )
