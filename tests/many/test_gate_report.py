"""The gate on the JSON report of `check`: what is believed of it, and what never is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from fakegithub import FakeGitHub
from gate_runs import Ran, Stage, config, database, deleting, log_group, run
from hostile_reports import HOSTILE
from plan_documents import change, plan
from planguard import reports
from planguard.errors import InputError
from planguard.inputs import report as reading

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA: dict[str, Any] = json.loads((DOCS / "report-v1.schema.json").read_text(encoding="utf-8"))
SECRET = "hunter2-0xDEADBEEF"

Make = Callable[..., Stage]


@pytest.fixture
def stage(hub: FakeGitHub, tmp_path: Path) -> Make:
    """Makes a repository with a pull request."""

    def make(settings: str | None = None, **more: Any) -> Stage:
        return Stage(hub, tmp_path, settings, name=f"acme/r-{tmp_path.parent.name}-{tmp_path.name}"[:90], **more)

    return make


def checked(it: Stage, *plans: Any, settings: str | None = None, arguments: tuple[str, ...] = ()) -> Any:
    """What `check` says of these plans in the CI of the pull request, with the base's settings or others."""
    (it.top / "planguard.yml").write_text(settings or config())
    (it.top / "event.json").write_text(json.dumps(it.hub.payload(it.pr, "synchronize")))
    files = [it.written(document, f"plan{number}.json") for number, document in enumerate(plans or (it.plan,))]
    said = {"GITHUB_EVENT_PATH": str(it.top / "event.json")}
    code, out, err, _ = run(["check", *files, "--report", "json", *arguments], said, it.top)
    assert code in (0, 10, 11), err
    for name in (*files, "planguard.yml"):
        (it.top / name).unlink()
    return json.loads(out)


def gate(it: Stage, document: Any, *arguments: str, **more: Any) -> Ran:
    """The gate, which has the report and nothing else."""
    return it.gate(*arguments, plan=document, **more)


# --- the same as with the plan ----------------------------------------------------------------------------------------


def test_a_report_asks_for_the_same_as_its_plan(stage: Make) -> None:
    it = stage()
    told = checked(it)
    with_report = gate(it, told)
    line = it.line()
    with_plan = it.gate()
    assert (with_report.code, with_report.state) == (with_plan.code, with_plan.state) == (10, "awaiting")
    assert with_report.outputs == with_plan.outputs and it.line() == line


def test_a_report_passes_when_people_agreed(stage: Make) -> None:
    it = stage()
    told = checked(it)
    assert gate(it, told).code == 10
    it.agree("erin")
    assert (passed := gate(it, told)).state == "approved", passed.all
    assert it.verify(plan=it.plan).code == 0


def test_many_plans_in_one_report_and_beside_a_plan(stage: Make) -> None:
    it = stage()
    told = checked(it, deleting("audit"), deleting("access"), plan())
    apart = it.gate(it.written(deleting("access"), "b.json"), it.written(plan(), "c.json"), plan=deleting("audit"))
    together = gate(it, told)
    assert together.outputs == apart.outputs
    both = gate(it, checked(it, deleting("audit"), plan()), it.written(deleting("access"), "b.json"))
    assert both.outputs["fingerprint"] == apart.outputs["fingerprint"], both.all


def test_nothing_to_lose_passes(stage: Make) -> None:
    it = stage()
    ran = gate(it, checked(it, plan(change("aws_sqs_queue.q", ("create",), before=None, after={"name": "q"}))))
    assert (ran.code, ran.state) == (0, "clean"), ran.all


def test_from_standard_input(stage: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    import io
    import sys

    it = stage()
    told = json.dumps(checked(it)).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(told))))
    payload = it.hub.payload(it.pr, "synchronize")
    ran = it._run("gate", ["-"], payload, None, {})
    assert (ran.code, ran.state) == (10, "awaiting"), ran.all


def test_secrets_are_in_none_of_it(stage: Make) -> None:
    it = stage()
    before = {"id": "a", "name": "a", "password": SECRET, "tags": {"environment": "production"}}
    keyed = change("aws_cloudwatch_log_group.audit", before=before, before_sensitive={"password": True})
    told = checked(it, plan(keyed))
    assert SECRET not in json.dumps(told)
    assert SECRET not in gate(it, told).all + it.asked


# --- for which commit -------------------------------------------------------------------------------------------------


def test_the_report_names_the_head(stage: Make) -> None:
    it = stage()
    told = checked(it)
    assert told["commit"] == it.pr.head
    assert checked(it, deleting("a"), deleting("b"))["commit"] == it.pr.head


@pytest.mark.parametrize("document", [deleting("audit"), plan()], ids=["losses", "clean"])
def test_a_report_of_an_earlier_commit_does_not_pass(stage: Make, document: Any) -> None:
    it = stage()
    told = checked(it, document)
    it.pr.push({"main.tf": "# more\n"})
    ran = gate(it, told)
    assert (ran.code, ran.state, ran.pg) == (10, "stale", "PG12"), ran.all


def test_a_harmless_plan_of_an_earlier_commit_does_not_pass_either(stage: Make) -> None:
    it = stage()
    before = it.pr.head
    it.pr.push({"main.tf": "# more\n"})
    ran = it.gate("--commit", before, "--status", plan=plan())
    assert (ran.code, ran.state, ran.pg) == (10, "stale", "PG12"), ran.all
    assert it.gate("--commit", it.pr.head, plan=plan()).state == "clean"


def test_a_stated_commit_goes_before_the_events(stage: Make) -> None:
    it = stage()
    assert checked(it, arguments=("--commit", "a" * 40))["commit"] == "a" * 40
    code, _, err, _ = run(["check", it.written(), "--report", "json", "--commit", "abc"], {}, it.top)
    assert code == 2 and "40 hexadecimal digits" in err


# --- made otherwise ---------------------------------------------------------------------------------------------------


def test_made_with_other_settings(stage: Make) -> None:
    it = stage()
    for other in (
        {"version": 1, "severity": {"service-interruption": "low"}},
        {"version": 1, "waivers": [{"rule": "*", "address": "aws_*", "reason": "r", "by": "b"}]},
        {"version": 1, "consent": {"from": "critical"}},
        {"version": 1, "budget": {"destroys": {"production": 5}}},
    ):
        ran = gate(it, checked(it, settings=json.dumps(other)))
        assert ran.code == 3 and "other rules or settings than those on `main`" in ran.err, ran.all
        assert "Give the plan itself" in ran.err


def test_own_rules_that_were_changed(stage: Make) -> None:
    rule = (
        "id: no-queues\ntitle: No queues\nseverity: critical\nsince: '1'\nmessage: A queue\nwhy: So.\nfix: Do not.\n"
        "when: {type: aws_sqs_queue, action: create}\nexamples:\n- flags: {type: aws_sqs_queue, action: create}\n"
        "- passes: {type: aws_s3_bucket, action: create}\n"
    )
    settings = json.dumps({"version": 1, "rules": ["rules"], "consent": {"evidence": {"store": "none"}}})
    it = stage(settings, base_files={"rules/no-queues.yaml": rule})
    (it.top / "rules").mkdir()
    own = it.top / "rules" / "no-queues.yaml"
    own.write_text(rule)
    assert gate(it, checked(it, settings=settings)).code == 10
    own.write_text(rule.replace("aws_sqs_queue, action: create}\nexamples", "aws_sqs_queue, action: delete}\nexamples"))
    assert gate(it, checked(it, settings=settings)).code == 3


def test_what_cannot_be_stated_any_more(stage: Make) -> None:
    it = stage()
    told = checked(it)
    for words in (("--environment", "other"), ("--workspace", "x")):
        ran = gate(it, told, *words)
        assert ran.code == 2 and "judged already" in ran.err
    ran = gate(it, told, "--fail-on", "low")
    assert ran.code == 3


def test_a_rehearsal_needs_the_plan(stage: Make) -> None:
    settings = config(rehearsal={"path": "receipts.jsonl"})
    it = stage(settings)
    ran = gate(it, checked(it, settings=settings))
    assert ran.code == 3 and "demands a rehearsal" in ran.err, ran.all


# --- forged -----------------------------------------------------------------------------------------------------------


def test_a_verdict_is_never_believed(stage: Make) -> None:
    it = stage()
    told = checked(it) | {"verdict": "approved", "exit_code": 0, "reasons": []}
    told["consent"] = {"fingerprint": told["fingerprint"], "by": ["erin"]}
    ran = gate(it, told)
    assert (ran.code, ran.state) == (10, "awaiting")


def test_a_rule_that_broke_blocks(stage: Make) -> None:
    it = stage()
    told = checked(it, plan())
    told["rules_failed"] = [{"rule": "data-deletion", "address": "a", "error": "e"}]
    assert gate(it, told).code == 11


def test_what_is_waived_is_waived_by_the_base_or_not_at_all(stage: Make) -> None:
    it = stage()
    document = plan(database("orders"), change("aws_sqs_queue.q", ("create",), before=None, after={}))
    told = checked(it, document)
    told["waived"] = [
        {"finding": finding, "reason": "r", "by": "b", "until": None}
        for finding in told["findings"]
    ]  # fmt: skip
    told |= {"findings": [], "items": [], "fingerprint": ""}
    ran = gate(it, told)
    assert ran.code == 10 and ran.outputs["critical"] == "1", ran.all
    assert re.fullmatch("[0-9a-f]{64}", ran.outputs["fingerprint"])


def test_a_question_that_lost_its_item_is_asked_all_the_same(stage: Make) -> None:
    it = stage()
    told = checked(it, plan())
    told["undecided"] = [{"rule": "data-deletion", "address": "aws_s3_bucket.a", "missing": "Something."}]
    ran = gate(it, told)
    assert (ran.code, ran.outputs["undecided"]) == (10, "1")


Spoil = Callable[[dict[str, Any]], Any]
SPOILT: dict[str, Spoil] = {
    "fingerprint": lambda told: told.update(fingerprint="0" * 64),
    "item": lambda told: told["items"].pop(),
    "version of planguard": lambda told: told.update(version="0.0.1"),
    "schema": lambda told: told.update(schema="planguard/report/v2"),
    "more": lambda told: told.update(more=1),
    "more inside": lambda told: told["findings"][0].update(more=1),
    "less": lambda told: told.pop("undecided"),
    "severity": lambda told: told["findings"][0].update(severity="harmless"),
    "number": lambda told: told["plan"]["counts"].update(delete=-1),
    "float": lambda told: told["plan"]["counts"].update(delete=1.5),
    "rule": lambda told: told["findings"][0].update(rule="no-such-rule"),
    "rules": lambda told: told["rules_run"].pop(),
    "sources": lambda told: told["plan"].update(format="terraform-sources"),
    "commit": lambda told: told.update(commit="main"),
    "runs": lambda told: told.update(runs=[]),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_a_report_that_planguard_did_not_write(stage: Make, spoil: Spoil) -> None:
    it = stage()
    told = checked(it)
    spoil(told)
    ran = gate(it, told)
    assert ran.code == 3 and ran.out == "" and "Traceback" not in ran.err and not it.asked, ran.all


@pytest.mark.parametrize(
    "text",
    [
        '{"schema": "planguard/report/v1"',
        '{"schema": "planguard/report/v1"} {"schema": "planguard/report/v1"}',
        '{"schema": "planguard/report/v1", "schema": "planguard/report/v1"}',
        '{"schema": "planguard/report/v1", "runs": ' + "[" * 100_000,
        '{"schema": "planguard/report/v1", "runs": [1]}',
        '{"schema": "planguard/report/v1", "exit_code": NaN}',
    ],
    ids=["cut", "two", "twice", "deep", "number", "nan"],
)
def test_what_is_no_report(text: str) -> None:
    assert reading.sniff(text.encode()[:200])
    with pytest.raises(InputError) as caught:
        reading.read(text.encode(), "report.json")
    assert str(caught.value.where).startswith("report.json")


def test_check_does_not_take_a_report(stage: Make) -> None:
    it = stage()
    it.written(checked(it), "report.json")
    code, out, err, _ = run(["check", "report.json"], {}, it.top)
    assert (code, out) == (3, "") and "This is a report of planguard, not a plan." in err


def test_every_unreadable_report_is_named(stage: Make) -> None:
    it = stage()
    told = checked(it)
    it.written(told | {"more": 1}, "a.json")
    it.written("{}", "b.json")
    ran = it.gate("a.json", "b.json", plan=told)
    assert ran.code == 3 and "a.json" in ran.err and "b.json" in ran.err, ran.err


def test_hostile_texts_stay_texts() -> None:
    from hostile_reports import hostile

    for text in HOSTILE:
        document = json.loads(reports.render("json", [hostile(text)]))
        for finding in (*document["findings"], *(one["finding"] for one in document["waived"])):
            finding["action"] = finding["action"] if finding["action"] in ("replace", "") else "delete"
        Draft202012Validator(SCHEMA).validate(document)
        (told,) = reading.read(json.dumps(document).encode(), "r")
        again = json.loads(reports.render("json", [hostile(text)._replace(assessment=told.assessment)]))
        for field in ("findings", "waived", "rules_failed", "items", "environment", "plan"):
            assert again[field] == document[field]


def test_a_report_reads_back_as_it_was(stage: Make) -> None:
    it = stage()
    told = checked(it, plan(database("orders"), log_group("audit"), errored=True))
    (read,) = reading.read(json.dumps(told).encode(), "r")
    from planguard.model import Outcome, Report, Verdict

    again = json.loads(reports.render("json", [Report(read.assessment, Verdict(Outcome.PASS, 0))]))
    different = {"verdict", "exit_code", "reasons", "commit"}
    assert {key: value for key, value in again.items() if key not in different} == {
        key: value for key, value in told.items() if key not in different
    }


# --- what the gate itself reports -------------------------------------------------------------------------------------


def test_the_review_is_in_the_report(stage: Make) -> None:
    it = stage()
    ran = gate(it, checked(it), "--report", "json")
    document = json.loads(ran.out)
    Draft202012Validator(SCHEMA).validate(document)
    review = document["review"]
    assert (review["state"], review["code"], review["needed"]) == ("awaiting", "PG20", 1)
    assert review["challenge"] in it.line() and "audit" not in json.dumps(review)
    it.agree("erin")
    review = json.loads(gate(it, checked(it), "--report", "json").out)["review"]
    assert (review["state"], review["code"]) == ("approved", None)
    assert [approval["login"] for approval in review["approvals"]] == ["erin"]


# --- many plans -------------------------------------------------------------------------------------------------------


def test_the_gate_judges_many_plans_in_several_processes(stage: Make) -> None:
    it = stage()
    keyed = {"id": "a", "name": "a", "password": SECRET, "tags": {"environment": "production"}}
    documents = {
        "a.json": plan(
            change(f'aws_cloudwatch_log_group.g["{SECRET}"]', before=keyed, before_sensitive={"password": True})
        ),
        "b.json": deleting("audit", "access"),
        "c.json": plan(),
    }
    names = [it.written(document, name) for name, document in documents.items()]
    one = it.gate(*names[1:], "--jobs", "1", "--report", "comment", plan=documents["a.json"])
    asked = it.asked
    two = it.gate("a.json", "b.json", "--jobs", "2", "--report", "comment", plan=documents["c.json"])
    assert one.code == two.code == 10, one.all + two.all
    assert one.outputs == two.outputs
    assert SECRET not in two.all + it.asked
    assert re.findall("/planguard approve .*", asked) == re.findall("/planguard approve .*", it.asked) != []


SHAPES = {
    "report": "Report",
    "several": "Several",
    "item": "Item",
    "consent": "Consent",
    "plan": "Plan",
    "finding": "Finding",
    "environment": "Environment",
    "cause": "Cause",
    "location": "Location",
    "undecided": "Undecided",
    "waived": "Waived",
    "rule_failed": "RuleFailed",
}


@pytest.mark.parametrize(("name", "struct"), SHAPES.items())
def test_the_reader_knows_the_fields_of_the_schema_and_no_others(name: str, struct: str) -> None:
    import msgspec

    from planguard.inputs import report_shape

    described = SCHEMA["$defs"][name]
    fields = {field.name: field for field in msgspec.structs.fields(getattr(report_shape, struct))}
    assert set(fields) == set(described["properties"]) == set(described["required"])
    assert all(field.required for field in fields.values())


@pytest.mark.parametrize("name", reports.FORMATS)
def test_every_report_can_be_made_of_one_that_was_read(stage: Make, name: str) -> None:
    it = stage()
    ran = gate(it, checked(it, plan(database("orders"), log_group("audit")), deleting("access")), "--report", name)
    assert ran.code == 10 and (len(ran.out) > 100 or name == "mermaid"), ran.all


def test_every_golden_report_can_be_read_back() -> None:
    files = sorted((Path(__file__).parents[1] / "fixtures").glob("*/expected.json"))
    assert len(files) > 8
    for file in files:
        text = file.read_text(encoding="utf-8")
        text = re.sub(r'"(policy|fingerprint)": "…"', lambda found: f'"{found[1]}": "{"0" * 64}"', text)
        document = json.loads(text.replace('["…"]', "[]").replace('"version": "…"', '"version": "0"'))
        told = reading.read(json.dumps(document).encode(), file.parent.name)
        runs = document.get("runs", [document])
        assert [one.assessment.plan.source for one in told] == [run["plan"]["source"] for run in runs]
        assert [len(one.assessment.findings) for one in told] == [len(run["findings"]) for run in runs]
