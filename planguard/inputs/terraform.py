"""Terraform's and OpenTofu's plan JSON, taken apart by `sections` or whole → `Plan`.

Owns what the top level of the document means, over Terraform 0.12 to 1.15 and OpenTofu: no field is taken for granted.
Reads no bytes. What is not a plan, or says two things, is an `InputError`; what is not understood becomes `Undecided`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from planguard.errors import InputError
from planguard.inputs import changes, configuration, values
from planguard.inputs.sections import Entry, Names, Rest
from planguard.model import Action, Argument, Change, Note, Plan, Resource, Sensitive, Undecided

FORMAT = "terraform-plan"

SIGNS = frozenset(
    {
        "resource_changes",
        "planned_values",
        "output_changes",
        "resource_drift",
        "deferred_changes",
        "action_invocations",
        "errored",
        "complete",
        "applyable",
        "plan_format_version",
    }
)
"""Keys that only a plan has: `format_version`, `values` and `configuration` stand in other documents too."""

_KNOWN = SIGNS | {
    "format_version",
    "terraform_version",
    "variables",
    "proposed_unknown",
    "prior_state",
    "configuration",
    "relevant_attributes",
    "checks",
    "condition_results",
    "timestamp",
    "deferred_action_invocations",
    "provider_format_version",
    "provider_schemas",
}
"""Every key that Terraform 0.12 to 1.15, OpenTofu and HCP Terraform write at the top."""

_SHOW = "Save the plan (terraform plan -out=tfplan) and give planguard that file, or the output of show -json for it."


WITNESSES = 50
"""So many unchanged objects are kept with their attributes. More would cost time, and say the same."""


DOCUMENT = "aws_iam_policy_document"
"""The data source that writes policies; Terraform reads it during the apply where an ARN is not known before."""

RIGHTS = frozenset(
    {
        "aws_iam_role", "aws_iam_role_policy", "aws_iam_role_policies_exclusive", "aws_iam_role_policy_attachment",
        "aws_iam_role_policy_attachments_exclusive", "aws_iam_policy", "aws_iam_policy_attachment", "aws_iam_user",
        "aws_iam_user_policy", "aws_iam_user_policy_attachment", "aws_iam_user_group_membership", "aws_iam_group",
        "aws_iam_group_policy", "aws_iam_group_policy_attachment", "aws_iam_group_membership", "aws_iam_access_key",
        "aws_iam_user_login_profile", "aws_s3_bucket_policy", "aws_kms_key_policy", "aws_sqs_queue_policy",
        "aws_sns_topic_policy", "aws_secretsmanager_secret_policy", "aws_backup_vault_policy",
        "aws_dynamodb_resource_policy", "aws_ecr_repository_policy", "aws_efs_file_system_policy",
        "google_project_iam_custom_role", "google_organization_iam_custom_role", "google_project_iam_member",
        "google_project_iam_binding", "google_project_iam_policy", "google_folder_iam_member",
        "google_folder_iam_binding", "google_organization_iam_member", "google_organization_iam_binding",
        "google_storage_bucket_iam_member", "google_storage_bucket_iam_binding",
        "google_service_account_iam_member", "google_service_account_iam_binding", "azurerm_role_assignment",
        "azurerm_role_definition", "aws_iam_policy_document",
    }
)  # fmt: skip
"""Types that say who may do what: of those that stay as they are the attributes are kept all the same."""


def _stays(entry: Entry) -> bool:
    """Whether this is a no-op of a managed object, neither moved, imported nor deposed."""
    return (
        entry.actions == ["no-op"]
        and entry.mode == "managed"
        and not (entry.deposed or entry.previous_address or entry.importing)
    )


class Builder:
    """Puts a plan together from its pieces, in the order in which they come. See `planguard.inputs.sections`."""

    def __init__(self, *, source: str, digest: str, workspace: str | None = None) -> None:
        self._source = source
        self._digest = digest
        self._workspace = workspace
        self._namer = changes.Namer()
        self._seen: set[str | tuple[str, str]] = set()
        self._changes: list[Change] = []
        self._unchanged: list[Resource] = []
        self._witnesses: list[Change] = []
        self._standing: list[Change] = []
        self._drift: list[Change] = []
        self._deferred: list[Change] = []
        self._counts: dict[str, int] = {}
        self._secrets: set[str] = set()
        self._undecided: list[Undecided] = []
        self._notes: list[str] = []

    @property
    def curious(self) -> bool:
        """Whether more witnesses are wanted."""
        return len(self._witnesses) < WITNESSES

    def witness(self, entry: Entry) -> None:
        """Keep an element of `resource_changes` with its attributes, if it stays as it is; whoever reads shows each of
        them here first, in order, as long as more are wanted."""
        if self.curious and _stays(entry) and entry.before == "object" and isinstance(entry.address, str):
            resource = self._namer.plain(entry) or self._namer.resource(entry, _where("resource_changes", entry))
            before = changes.before(entry)
            self._witnesses.append(Change(resource=resource, action=Action.NOOP, actions=("no-op",), before=before))

    def stands(self, entry: Entry) -> None:
        """Keep an element that says who may do what, and stays; and a policy document that is read during the apply.
        Whoever reads shows each element of `RIGHTS` here first, in order."""
        if entry.type == DOCUMENT and entry.actions == ["read"] and entry.mode == "data" and entry.after == "object":
            resource = self._namer.resource(entry, _where("resource_changes", entry))
            after = changes.after(entry)
            self._standing.append(Change(resource=resource, action=Action.READ, actions=("read",), after=after))
        elif _stays(entry) and entry.before == "object" and isinstance(entry.address, str):
            resource = self._namer.plain(entry) or self._namer.resource(entry, _where("resource_changes", entry))
            before = changes.before(entry)
            self._standing.append(
                Change(resource=resource, action=Action.NOOP, actions=("no-op",), before=before, after=before)
            )

    def change(self, entry: Entry) -> None:
        """Take one element of `resource_changes`."""
        if _stays(entry):
            self.unchanged(entry)
            return
        understood = changes.understand(entry, self._namer, _where("resource_changes", entry))
        changes.collect_secrets(entry, self._secrets, looked_into=True)
        self._undecided.extend(understood.undecided)
        change = understood.change
        if change is None:
            return
        address = change.resource.address
        self._once(address if change.deposed is None else (address, change.deposed), entry)
        if entry.deposed is True and change.deposed is None:
            self._note("Written by a preview of Terraform 0.12, which marks every object as deposed.")
        moves = change.previous_address or change.importing is not None or change.deposed is not None
        if change.action is Action.NOOP and not moves:
            self._unchanged.append(change.resource)
            return
        self._counts[change.action.value] = self._counts.get(change.action.value, 0) + 1
        self._changes.append(change)

    def unchanged(self, entry: Entry) -> None:
        """Take an element that is known to be a no-op of a managed object, neither moved, imported nor deposed."""
        resource = self._namer.plain(entry) or self._namer.resource(entry, _where("resource_changes", entry))
        if entry.marked:
            changes.collect_secrets(entry, self._secrets, looked_into=False)
        address = resource.address
        if address in self._seen:
            self._once(address, entry)
        self._seen.add(address)
        self._unchanged.append(resource)

    def all_unchanged(self, given: Iterable[Names], others: Iterable[Any]) -> bool:
        """Take many such elements at once, none of them marked. False, and nothing is done, where one of them is odd
        or may stand twice, also among `others` that come with them: take each of them in its turn then."""
        found = self._namer.all_plain(given)
        if found is None:
            return False
        addresses = {resource.address for resource in found}
        if len(addresses) < len(found) or not (addresses.isdisjoint(self._seen) and addresses.isdisjoint(others)):
            return False
        self._seen |= addresses
        self._unchanged += found
        return True

    def drift(self, entry: Entry) -> None:
        """Take one element of `resource_drift`: a past fact, so that an unknown action in it decides nothing."""
        if not isinstance(entry.address, str) or not entry.address:
            self._note("Something changed outside that the plan does not name (resource_drift).")
            return
        understood = changes.understand(entry, self._namer, _where("resource_drift", entry))
        changes.collect_secrets(entry, self._secrets, looked_into=True)
        if understood.change is not None:
            self._drift.append(understood.change)

    def deferred(self, entry: Entry, reason: Any) -> None:
        """Take one element of `deferred_changes`: its `resource_change`, and its `reason`."""
        understood = changes.understand(entry, self._namer, f"$.deferred_changes[{entry.position}].resource_change")
        changes.collect_secrets(entry, self._secrets, looked_into=True)
        if understood.change is not None:
            why = reason if isinstance(reason, str) and reason else None
            self._deferred.append(understood.change._replace(reason=why))

    def finish(self, rest: Rest) -> Plan:
        """Take everything else, and make the plan."""
        top = rest.top
        self._check_version(rest)
        self._secrets |= rest.secrets
        config = _object(top, "configuration")
        declared = configuration.sensitivity(config, self._secrets)
        variables = self._variables(_object(top, "variables"), declared.variables)
        self._output_secrets(_object(top, "output_changes"), declared.outputs)
        providers = configuration.providers(config, self._secrets)
        errored = bool(_flag(top, "errored"))
        complete, applyable = _flag(top, "complete"), _flag(top, "applyable")
        if "resource_changes" not in rest.present and not errored:
            self._tell_missing(rest)
        self._tell_actions(top)
        self._tell_checks(top)
        moved = self._counts.get(Action.NOOP.value, 0) + len(self._unchanged)
        return Plan(
            source=self._source,
            format=FORMAT,
            tool="opentofu" if self._by_opentofu(rest, config) else "terraform",
            version=_text(top, "terraform_version"),
            workspace=self._workspace,
            complete=complete,
            errored=errored,
            applyable=applyable,
            changes=tuple(self._changes),
            unchanged=tuple(self._unchanged),
            witnesses=tuple(self._witnesses),
            standing=tuple(self._standing),
            documents=self._documents(config),
            drift=tuple(self._drift),
            deferred=tuple(self._deferred),
            counts={**self._counts, **({Action.NOOP.value: moved} if moved else {})},
            edges=configuration.edges(config),
            state_edges=rest.state.depends_on,
            has_prior_state=rest.state.managed,
            variables=variables,
            arguments=self._arguments(config, variables),
            providers=providers,
            secrets=frozenset(self._secrets),
            undecided=tuple(self._undecided),
            notes=tuple(map(Note, self._notes)),
            weak="plan_format_version" in rest.present and "format_version" not in rest.present,
            digest=self._digest,
        )

    def _documents(self, config: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]]:
        """Who takes the text of policies that are not written yet; without such policies nobody looks."""
        if not any(change.action is Action.READ for change in self._standing):
            return {}
        from planguard.inputs.policy_documents import documents

        return documents(config)

    def _arguments(self, config: Mapping[str, Any], variables: Mapping[str, Any]) -> Mapping[str, tuple[Argument, ...]]:
        """What the attributes of updated and replaced blocks take from variables; of others it explains nothing."""
        edits = (Action.UPDATE, Action.REPLACE)
        blocks = {change.resource.config for change in self._changes if change.action in edits}
        if not blocks:
            return {}
        from planguard.inputs.arguments import arguments

        return arguments(config, blocks, variables)

    def _once(self, key: str | tuple[str, str], entry: Entry) -> None:
        if key in self._seen:
            raise InputError(
                "Two changes are listed for the same object, so the plan says two things.",
                where=_where("resource_changes", entry),
                hint=_SHOW,
            )
        self._seen.add(key)

    def _check_version(self, rest: Rest) -> None:
        if not rest.present & SIGNS:
            raise InputError("This JSON has nothing of a Terraform plan in it.", hint=_SHOW)
        key = "format_version" if "format_version" in rest.present else "plan_format_version"
        written = rest.top.get(key)
        if written is None:
            self._note("The plan does not say which version of the format it has; it was read as version 1.")
            return
        major = written.split(".")[0] if isinstance(written, str) else ""
        if not (major.isascii() and major.isdigit()):
            raise InputError("The version of the plan's format is not readable.", where=f"$.{key}", hint=_SHOW)
        if major.lstrip("0") not in ("", "1"):
            raise InputError(
                f"This plan has version {major} of the format; this version of planguard reads version 0 and 1.",
                where=f"$.{key}",
                hint="A newer planguard may read it.",
            )
        if key == "plan_format_version":
            self._note(
                "This is HCP Terraform's redacted form: without sources, state and sensitive values less can be said."
            )

    def _variables(self, written: Mapping[str, Any], sensitive: frozenset[str]) -> Mapping[str, Any]:
        result: dict[str, Any] = {}
        for name, holder in written.items():
            value = holder.get("value") if isinstance(holder, dict) else None
            if name in sensitive or (values.telling(name) and not isinstance(value, bool)):
                values.collect_all(value, self._secrets)
                value = value if value is None else Sensitive(value)
            result[name] = value
        return result

    def _output_secrets(self, outputs: Mapping[str, Any], sensitive: frozenset[str]) -> None:
        for name, change in outputs.items():
            if not isinstance(change, dict):
                continue
            for key in ("before", "after"):
                mask = True if name in sensitive else change.get(f"{key}_sensitive")
                values.collect(change.get(key), mask, self._secrets)

    def _by_opentofu(self, rest: Rest, config: Mapping[str, Any]) -> bool:
        """OpenTofu writes Terraform's document, `terraform_version` included. Its registry gives it away, unless the
        document has `applyable`, which only Terraform writes and which then uses OpenTofu's registry."""
        if "applyable" in rest.present:
            return False
        names = [*self._namer.providers, *configuration.provider_names(config)]
        return any(isinstance(name, str) and name.startswith("registry.opentofu.org/") for name in names)

    def _tell_missing(self, rest: Rest) -> None:
        """No list of changes: right where there is nothing, and in a plan that only refreshes."""
        missing = None
        if not rest.planned_empty:
            missing = "The plan lists the objects that there will be, but not what happens to them (resource_changes)."
        elif rest.present - _KNOWN:
            missing = "The plan has no list of changes (resource_changes), but a part that planguard does not know."
        if missing is not None:
            self._undecided.append(Undecided(rule="changes-missing", address="", missing=missing))

    def _tell_actions(self, top: Mapping[str, Any]) -> None:
        for key, said in (("action_invocations", "run"), ("deferred_action_invocations", "put off")):
            invoked = top.get(key)
            if not invoked:
                continue
            if not isinstance(invoked, list):
                raise InputError("This should be a list.", where=f"$.{key}")
            found = {item.get("address") for item in invoked if isinstance(item, dict)}
            names = sorted(name for name in found if isinstance(name, str))
            self._note(
                f"The provider's own actions will be {said}, and no plan shows their effect: {', '.join(names)}."
            )

    def _tell_checks(self, top: Mapping[str, Any]) -> None:
        checks = top.get("checks")
        failing = sorted(
            name
            for check in (checks if isinstance(checks, list) else ())
            if isinstance(check, dict) and check.get("status") in ("fail", "error")
            for name in [_check_name(check)]
            if name
        )
        if failing:
            self._note(f"Checks of the configuration that do not hold: {', '.join(failing)}.")

    def _note(self, text: str) -> None:
        if text not in self._notes:
            self._notes.append(text)


def _check_name(check: Mapping[str, Any]) -> str:
    address = check.get("address")
    shown = address.get("to_display") if isinstance(address, dict) else None
    return shown if isinstance(shown, str) else ""


def _where(key: str, entry: Entry) -> str:
    return f"$.{key}[{entry.position}]"


def _object(top: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = top.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InputError("This should be an object.", where=f"$.{key}", hint=_SHOW)
    return value


def _flag(top: Mapping[str, Any], key: str) -> bool | None:
    value = top.get(key)
    if value is None or isinstance(value, bool):
        return value
    raise InputError("This should be true or false.", where=f"$.{key}", hint=_SHOW)


def _text(top: Mapping[str, Any], key: str) -> str | None:
    value = top.get(key)
    return value if isinstance(value, str) and value else None
