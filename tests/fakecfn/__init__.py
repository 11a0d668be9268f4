"""CloudFormation on loopback, as far as planguard asks it, in AWS's own XML: calls that read, and one that executes.

Every answer is checked against botocore's model of the service before it is sent, so that a test cannot rest on a shape
that AWS does not have. `faults` makes a call fail: by its name and its number, counted from 1.
"""

from __future__ import annotations

import html
import threading
import urllib.parse
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import botocore.session
from botocore.model import Shape
from botocore.validate import ParamValidator

MODEL = botocore.session.get_session().get_service_model("cloudformation")
_STS = botocore.session.get_session().get_service_model("sts")
_PAGE = 2


class Fault(NamedTuple):
    """How a call fails."""

    code: str
    message: str = "no"
    status: int = 400


class Cloud:
    """What there is: stacks, change sets and templates, as AWS's own structures."""

    def __init__(self) -> None:
        self.stacks: dict[str, dict[str, Any]] = {}
        self.change_sets: dict[str, dict[str, Any]] = {}
        """By ARN, and by `stack/name`."""
        self.templates: dict[str, str] = {}
        """By stack, and by ARN of a change set."""
        self.policies: dict[str, str] = {}
        self.resources: dict[str, dict[str, str]] = {}
        """By stack: logical id of a nested stack → the stack."""
        self.imports: dict[str, list[str]] = {}
        """Name of an export → the stacks that import it."""
        self.events: dict[str, list[dict[str, Any]]] = {}
        """By stack, the latest first."""
        self.becomes: dict[str, tuple[str, list[dict[str, Any]]]] = {}
        """ARN of a change set → the status of its stack once it was executed, and the events that this brings."""
        self.account = "123456789012"
        self.faults: dict[tuple[str, int], Fault | bytes] = {}
        """Call and number (0: each time) → what happens instead; bytes are sent as they are."""
        self.calls: list[str] = []
        self.problems: list[str] = []
        """Questions and answers that AWS's model does not allow."""
        self._counts: Counter[str] = Counter()

    def add(self, response: Mapping[str, Any], template: str | None = None) -> None:
        """Add a change set, by what DescribeChangeSet answers."""
        self.change_sets[response["ChangeSetId"]] = dict(response)
        self.change_sets[f"{response['StackName']}/{response['ChangeSetName']}"] = dict(response)
        if template is not None:
            self.templates[response["ChangeSetId"]] = template

    def answer(self, question: Mapping[str, str]) -> tuple[int, bytes]:
        """Status and body."""
        call = question["Action"]
        self.calls.append(call)
        self._counts[call] += 1
        fault = self.faults.get((call, self._counts[call]), self.faults.get((call, 0)))
        if isinstance(fault, bytes):
            return 200, fault
        try:
            if fault is not None:
                raise _Refusal(fault)
            found = _CALLS[call](self, question)
        except _Refusal as refusal:
            return refusal.fault.status, _refused(refusal.fault)
        shape = (_STS if call == "GetCallerIdentity" else MODEL).operation_model(call).output_shape
        report = ParamValidator().validate(found, shape)
        if report.has_errors():
            self.problems.append(f"{call}: {report.generate_report()}")
        return 200, f"<{call}Response>{_xml(shape, found, call + 'Result')}</{call}Response>".encode()

    def _change_set(self, question: Mapping[str, str]) -> dict[str, Any]:
        name = question["ChangeSetName"]
        found = self.change_sets.get(name) or self.change_sets.get(f"{question.get('StackName')}/{name}")
        if found is None:
            raise _Refusal(Fault("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", 404))
        return found

    def _describe_change_set(self, question: Mapping[str, str]) -> dict[str, Any]:
        found = self._change_set(question)
        if question.get("IncludePropertyValues") != "true":
            self.problems.append("values were not asked for")
        start = int(question.get("NextToken", "0"))
        page = {**found, "Changes": found["Changes"][start : start + _PAGE]}
        if start + _PAGE < len(found["Changes"]):
            page["NextToken"] = str(start + _PAGE)
        return page

    def _describe_stacks(self, question: Mapping[str, str]) -> dict[str, Any]:
        return {"Stacks": [self._known(self.stacks, question)]}

    def _get_template(self, question: Mapping[str, str]) -> dict[str, Any]:
        if "ChangeSetName" in question:
            found = self.templates.get(self._change_set(question)["ChangeSetId"])
        else:
            found = self._known(self.templates, question)
        return {"TemplateBody": found or "", "StagesAvailable": ["Original", "Processed"]}

    def _get_stack_policy(self, question: Mapping[str, str]) -> dict[str, Any]:
        self._known(self.stacks, question)
        policy = self.policies.get(question["StackName"])
        return {"StackPolicyBody": policy} if policy else {}

    def _list_imports(self, question: Mapping[str, str]) -> dict[str, Any]:
        name = question["ExportName"]
        if not self.imports.get(name):
            raise _Refusal(Fault("ValidationError", f"Export '{name}' is not imported by any stack."))
        return _paged("Imports", self.imports[name], question)

    def _list_stack_resources(self, question: Mapping[str, str]) -> dict[str, Any]:
        listed = [
            {
                "LogicalResourceId": name,
                "PhysicalResourceId": physical,
                "ResourceType": "AWS::CloudFormation::Stack",
                "LastUpdatedTimestamp": datetime(2026, 11, 22, tzinfo=UTC),
                "ResourceStatus": "CREATE_COMPLETE",
            }
            for name, physical in self.resources.get(question["StackName"], {}).items()
        ]
        return _paged("StackResourceSummaries", listed, question)

    def _get_caller_identity(self, question: Mapping[str, str]) -> dict[str, Any]:
        return {"UserId": "u", "Account": self.account, "Arn": f"arn:aws:iam::{self.account}:user/u"}

    def _known(self, things: Mapping[str, Any], question: Mapping[str, str]) -> Any:
        name = question["StackName"]
        if name not in things:
            raise _Refusal(Fault("ValidationError", f"Stack with id {name} does not exist"))
        return things[name]

    def _execute_change_set(self, question: Mapping[str, str]) -> dict[str, Any]:
        found = self._change_set(question)
        stack, arn = found["StackName"], found["ChangeSetId"]
        status, events = self.becomes[arn]
        self.stacks[stack]["StackStatus"] = status
        self.events[stack] = [*events, *self.events.get(stack, [])]
        return {}

    def _describe_stack_events(self, question: Mapping[str, str]) -> dict[str, Any]:
        return _paged("StackEvents", self.events.get(question["StackName"], []), question)


_CALLS = {
    "DescribeChangeSet": Cloud._describe_change_set,
    "DescribeStacks": Cloud._describe_stacks,
    "GetTemplate": Cloud._get_template,
    "GetStackPolicy": Cloud._get_stack_policy,
    "ListImports": Cloud._list_imports,
    "ExecuteChangeSet": Cloud._execute_change_set,
    "DescribeStackEvents": Cloud._describe_stack_events,
    "ListStackResources": Cloud._list_stack_resources,
    "GetCallerIdentity": Cloud._get_caller_identity,
}


def _paged(key: str, items: list[Any], question: Mapping[str, str]) -> dict[str, Any]:
    start = int(question.get("NextToken", "0"))
    page: dict[str, Any] = {key: items[start : start + _PAGE]}
    if start + _PAGE < len(items):
        page["NextToken"] = str(start + _PAGE)
    return page


class _Refusal(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.code)
        self.fault = fault


def _refused(fault: Fault) -> bytes:
    inside = f"<Type>Sender</Type><Code>{fault.code}</Code><Message>{html.escape(fault.message)}</Message>"
    return f"<ErrorResponse><Error>{inside}</Error><RequestId>r</RequestId></ErrorResponse>".encode()


def _xml(shape: Shape, value: Any, name: str) -> str:
    if shape.type_name == "structure":
        inside = "".join(_xml(shape.members[key], item, key) for key, item in value.items() if item is not None)
    elif shape.type_name == "list":
        inside = "".join(_xml(shape.member, item, "member") for item in value)
    elif isinstance(value, bool):
        inside = str(value).lower()
    else:
        inside = html.escape(value.isoformat() if isinstance(value, datetime) else str(value), quote=False)
    return f"<{name}>{inside}</{name}>"


@contextmanager
def serving(cloud: Cloud) -> Iterator[str]:
    """The address at which the cloud answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status, data = cloud.answer(dict(urllib.parse.parse_qsl(body)))
            self.send_response(status)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
