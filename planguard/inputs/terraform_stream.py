"""`terraform plan -json`: a stream of messages, one JSON object per line (or all in one array) → `Plan`.

Weaker evidence than a plan: actions and short reasons, but no values, no paths, no order of a replacement, no mark of
deposed objects. Owns the messages' meaning and the checks that the stream is whole: its summary must be there, and must
count what the messages list. The record of an apply is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from planguard.errors import InputError
from planguard.inputs import addresses
from planguard.inputs.changes import short_provider
from planguard.inputs.text import decode
from planguard.model import Action, Change, Note, Plan, Resource, Undecided

FORMAT = "terraform-stream"

WEAK = (
    "A stream (terraform plan -json) shows no values and no paths; a saved plan or its JSON would tell more, "
    "for instance whether a protection is on."
)

_ACTIONS: Mapping[str, Action] = {
    "create": Action.CREATE,
    "update": Action.UPDATE,
    "replace": Action.REPLACE,
    "delete": Action.DELETE,
    "remove": Action.FORGET,
    "move": Action.NOOP,
    "import": Action.NOOP,
}
"""`noop` is missing on purpose: what stays is not listed, and the writers use the word for what they cannot name."""

_READ_ONLY = {"data": ("read", "noop"), "ephemeral": ("open", "renew", "close", "read", "noop")}

_REASONS: Mapping[str, str] = {
    "tainted": "replace_because_tainted",
    "requested": "replace_by_request",
    "cannot_update": "replace_because_cannot_update",
    "replace_triggered_by": "replace_by_triggers",
}
"""The short reasons; the others are the same as in a plan."""

_APPLYING = (
    "apply_start",
    "apply_progress",
    "apply_complete",
    "apply_errored",
    "provision_start",
    "provision_complete",
)
_SAVE = "Run terraform plan -json to the end, or better terraform plan -out=tfplan and give planguard that file."


def sniff(start: bytes) -> bool:
    """Whether one of the first lines is a message. Terraform writes its keys in order; other tools may not."""
    for line in start.split(b"\n", 50)[:50]:
        if line.lstrip().startswith(b"{") and (b'"@level"' in line or b'"@message"' in line):
            try:
                return is_message(json.loads(line))
            except (ValueError, RecursionError):
                return False
    return False


def is_message(node: Any) -> bool:
    """Whether this is a message of Terraform's user interface."""
    return isinstance(node, dict) and "@message" in node and ("@level" in node or "type" in node)


def parse(data: bytes, *, source: str, workspace: str | None = None) -> Plan:
    """Read a stream of lines. Lines that are no JSON (a wrapper's, a pipeline's) are counted and passed over: the
    summary shows whether a message is missing."""
    from planguard.inputs.json_plans import digest

    messages: list[Any] = []
    others = 0
    for number, line in enumerate(decode(data).splitlines(), start=1):
        if not line.strip():
            continue
        message = _message(line, number)
        if message is None:
            others += 1
        else:
            messages.append(message)
    plan = understand(messages, source=source, digest=digest(data), workspace=workspace)
    if others:
        lines = "1 line that is" if others == 1 else f"{others} lines that are"
        plan = plan._replace(notes=(*plan.notes, Note(f"{lines} not part of the stream passed over.")))
    return plan


def understand(messages: Iterable[Any], *, source: str, digest: str, workspace: str | None = None) -> Plan:
    """Make the plan of decoded messages."""
    reader = _Reader()
    for message in messages:
        reader.take(message)
    return reader.plan(source, digest, workspace)


class _Reader:
    """What the messages have told so far."""

    def __init__(self) -> None:
        self.tool = "terraform"
        self.version: str | None = None
        self.changes: list[Change] = []
        self.drift: list[Change] = []
        self.undecided: list[Undecided] = []
        self.summary: Mapping[str, Any] | None = None
        self.errors: list[str] = []
        self.known = False

    def take(self, message: Mapping[str, Any]) -> None:
        """Take one message."""
        kind = message.get("type")
        if str(message.get("@module", "")).startswith(("tofu", "opentf")):
            self.tool = "opentofu"
        if kind == "version":
            found = message.get("terraform") or message.get("tofu")
            self.version = found if isinstance(found, str) else None
        elif kind == "planned_change":
            self.known = True
            self._planned(_part(message, "change"))
        elif kind == "resource_drift":
            self.known = True
            self._drifted(_part(message, "change"))
        elif kind == "change_summary":
            self.known = True
            self.summary = _part(message, "changes")
            if self.summary.get("operation", "plan") != "plan":
                raise _applied()
        elif kind == "diagnostic" or message.get("@level") == "error":
            self._diagnostic(message)
        elif kind in _APPLYING and not _only_reads(message):
            raise _applied()

    def plan(self, source: str, digest: str, workspace: str | None) -> Plan:
        """Everything together."""
        if not self.known and not self.errors:
            raise InputError("These are messages of Terraform, but not of a plan.", hint=_SAVE)
        if self.summary is None and not self.errors:
            raise InputError("The stream stops before its summary: it was cut off.", hint=_SAVE)
        self._count()
        counts: dict[str, int] = {}
        for change in self.changes:
            counts[change.action.value] = counts.get(change.action.value, 0) + 1
        return Plan(
            source=source,
            format=FORMAT,
            tool=self.tool,
            version=self.version,
            workspace=workspace,
            errored=bool(self.errors),
            changes=tuple(self._with_deposed()),
            drift=tuple(self.drift),
            counts=counts,
            undecided=tuple(self.undecided),
            notes=(Note(WEAK), *self._told()),
            weak=True,
            digest=digest,
        )

    def _planned(self, change: Mapping[str, Any]) -> None:
        resource, mode = _resource(_part(change, "resource"))
        word = change.get("action")
        if mode in _READ_ONLY and word in _READ_ONLY[mode]:
            return
        action = _ACTIONS.get(word, Action.UNKNOWN) if isinstance(word, str) and mode == "managed" else Action.UNKNOWN
        if action is Action.UNKNOWN:
            missing = "The stream names an action that this planguard does not know; read this change yourself."
            self.undecided.append(Undecided("unknown-action", resource.address, missing))
        self.changes.append(_change(change, resource, action))

    def _drifted(self, change: Mapping[str, Any]) -> None:
        resource, mode = _resource(_part(change, "resource"))
        word = change.get("action")
        if mode == "managed":
            action = _ACTIONS.get(word, Action.UNKNOWN) if isinstance(word, str) else Action.UNKNOWN
            self.drift.append(_change(change, resource, action))

    def _diagnostic(self, message: Mapping[str, Any]) -> None:
        detail = message.get("diagnostic")
        severity = detail.get("severity") if isinstance(detail, dict) else message.get("@level")
        if severity == "error":
            self.errors.append(_place(detail) if isinstance(detail, dict) else "")

    def _told(self) -> list[Note]:
        if not self.errors:
            return []
        place = next((place for place in self.errors if place), "")
        at = f", the first at {place}" if place else ""
        return [Note(f"Terraform reported {len(self.errors)} error{'s' if len(self.errors) > 1 else ''}{at}.")]

    def _with_deposed(self) -> Iterator[Change]:
        """A stream does not mark deposed objects: where an address comes twice, those that are deleted are meant."""
        by_address: dict[str, list[Change]] = {}
        for change in self.changes:
            by_address.setdefault(change.resource.address, []).append(change)
        for address, same in by_address.items():
            live = [change for change in same if change.action is not Action.DELETE]
            if len(live) > 1:
                raise InputError("The stream lists two changes of the same object.", where=address, hint=_SAVE)
            if not live:
                live = same[:1]
            yield live[0]
            others = [change for change in same if change is not live[0]]
            for number, change in enumerate(others, start=1):
                yield change._replace(deposed=f"unnamed {number}")

    def _count(self) -> None:
        """The summary counts what the messages list; where it does not, something is missing."""
        if self.summary is None:
            return
        unknown = any(change.action is Action.UNKNOWN for change in self.changes)
        made, changed, gone = (Action.CREATE, Action.REPLACE), (Action.UPDATE,), (Action.DELETE, Action.REPLACE)
        for key, actions in (("add", made), ("change", changed), ("remove", gone)):
            said = self.summary.get(key)
            listed = sum(change.action in actions for change in self.changes)
            if isinstance(said, int) and said > listed and not unknown:
                missing = f"The stream's summary counts {said} to {key}, its messages list {listed}: some are missing."
                self.undecided.append(Undecided("changes-missing", "", missing))


def _change(message: Mapping[str, Any], resource: Resource, action: Action) -> Change:
    reason, word = message.get("reason"), message.get("action")
    previous, importing = message.get("previous_resource"), message.get("importing")
    origin = previous.get("addr") if isinstance(previous, dict) else None
    imported = importing.get("id") if isinstance(importing, dict) else None
    return Change(
        resource=resource,
        action=action,
        actions=(word,) if isinstance(word, str) else (),
        reason=_REASONS.get(reason, reason) if isinstance(reason, str) and reason else None,
        previous_address=origin if isinstance(origin, str) and origin else None,
        importing=(imported if isinstance(imported, str) and imported else "unnamed") if importing else None,
    )


def _resource(node: Mapping[str, Any]) -> tuple[Resource, str]:
    address = node.get("addr")
    if not isinstance(address, str) or not address:
        raise InputError("A message of the stream names no resource.", hint=_SAVE)
    parsed = addresses.parse(address)
    kind, name, module, key, provider = (
        node.get(field) for field in ("resource_type", "resource_name", "module", "resource_key", "implied_provider")
    )
    own = kind if isinstance(kind, str) else ""
    shown = short_provider(provider if isinstance(provider, str) else "", own)
    if shown == "terraform":  # the built-in one, whose full name a stream does not have
        shown = "builtin"
    if parsed is None:
        named = name if isinstance(name, str) else ""
        inside = module if isinstance(module, str) else ""
        return Resource(address, own, named, shown, inside, None, addresses.config_of(address) or address), "managed"
    own_key = key if isinstance(key, str | int) and not isinstance(key, bool) else parsed.key
    resource = Resource(address, parsed.type, parsed.name, shown, parsed.module, own_key, parsed.config)
    return resource, parsed.mode


def _part(node: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = node.get(key)
    if not isinstance(value, dict):
        raise InputError(f"A message of the stream has no readable {key}.", hint=_SAVE)
    return value


def _message(line: str, number: int) -> Any:
    """The message on a line; None for a line that is none. A broken message is an error: it might be the one."""
    begin = line.find("{")
    if begin < 0 or line[:begin].strip() or '"@' not in line:
        return None
    try:
        message = json.loads(line)
    except RecursionError:
        raise InputError("A message of the stream is nested too deeply.", where=f"line {number}", hint=_SAVE) from None
    except ValueError:
        raise InputError("A message of the stream is broken or cut off.", where=f"line {number}", hint=_SAVE) from None
    return message if is_message(message) else None


def _place(detail: Mapping[str, Any]) -> str:
    area = detail.get("range")
    start = area.get("start") if isinstance(area, dict) else None
    file = area.get("filename") if isinstance(area, dict) else None
    line = start.get("line") if isinstance(start, dict) else None
    return f"{file}:{line}" if isinstance(file, str) and isinstance(line, int) else ""


def _only_reads(message: Mapping[str, Any]) -> bool:
    hook = message.get("hook")
    return isinstance(hook, dict) and hook.get("action") in ("read", "open", "renew", "close")


def _applied() -> InputError:
    return InputError("This is the record of an apply: it has happened already.", hint=_SAVE)
