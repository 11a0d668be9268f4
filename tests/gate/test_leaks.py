"""What leaves the gate: no secret of a plan, no token, and nothing that a build log or a page would obey."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from gate_runs import LABEL, Ran, Stage, config, log_group
from hostile_reports import HOSTILE
from plan_documents import change, plan
from planguard.consent.challenge import remembered

FIXTURES = Path(__file__).parents[1] / "fixtures"
VALUES = re.compile(r"[a-z_]{0,20}|[0-9]{1,6}|[0-9a-f]{64}|PG[0-9]{2}")
KEYS = {"state", "code", "fingerprint", "exit-code", "undecided", "critical", "high", "medium", "low", "info"}
SECRET = "hunter2-0xDEADBEEF"


def everything(it: Stage, ran: Ran) -> str:
    """All that this run, and those before it, left anywhere."""
    evidence = it.top / ".planguard" / "evidence.jsonl"
    kept = [evidence.read_text()] if evidence.exists() else []
    statuses = [json.dumps(each, default=str) for each in it.repo.statuses.values()]
    return "\n".join((ran.all, *kept, *statuses, *(comment.body for comment in it.pr.comments)))


def walked(it: Stage, name: str, number: int | None = None) -> list[Ran]:
    """Asked, badly answered, agreed to: every message has its chance."""
    runs = [it.gate("--status")]
    it.agree("dana", name, number)
    runs.append(it.gate("--status"))
    it.pr.unlabel(LABEL, by="dana")
    it.agree("erin", name, number)
    it.agree("frank", name, number, label=False)
    return [*runs, it.gate("--status")]


def test_the_secrets_of_a_plan_stay_in_it(stage: Any) -> None:
    it = stage(config(evidence={"store": "file"}))
    it.plan = json.loads((FIXTURES / "secrets" / "plan.json").read_text())
    secrets = [line for line in (FIXTURES / "secrets" / "secrets.txt").read_text().splitlines() if line.strip()]
    assert secrets
    ran = it.gate("--status", "--environment", "production")
    text = everything(it, ran)
    for secret in secrets:
        assert secret not in text


def test_a_key_that_is_a_secret_stays_in_the_plan(stage: Any) -> None:
    """What people type is what the table shows; nothing else knows the key."""
    it = stage(config(evidence={"store": "file"}))
    tags = {"environment": "production"}
    keyed = change(
        f'aws_cloudwatch_log_group.by_key["{SECRET}"]',
        ("delete",),
        before={"id": "a", "name": "a", "tags": tags, "secret": SECRET},
        before_sensitive={"secret": True},
        index=SECRET,
        type="aws_cloudwatch_log_group",
        name="by_key",
    )
    it.plan = plan(keyed)
    first = it.gate("--status")
    assert first.code == 10
    (shown,) = remembered(it.asked)
    typed = shown.phrase
    it.agree("erin", typed)
    last = it.gate("--status")
    assert last.state == "approved", last.all
    text = everything(it, last) + first.all
    assert SECRET not in text and SECRET.replace("-", "\\u002d") not in text


PRINTED = [text.encode("utf-8", "replace").decode().replace("\0", "") for text in HOSTILE]


@pytest.mark.parametrize("start", range(0, len(PRINTED), 6))
def test_hostile_names_steer_nothing(stage: Any, start: int) -> None:
    """The outputs hold words from short lists, numbers and hexadecimal digits, and a line each, whatever is in it."""
    texts = PRINTED[start : start + 6]
    message = "\n".join(f"Co-authored-by: {text} <{text}>" for text in texts)
    it = stage(title=texts[0], message=f"{texts[0]}\n\n{message}", files={"rules\u202e.tf": "x", "::error::.tf": "x"})
    it.plan = plan(log_group("audit"), *(hostile(number, text) for number, text in enumerate(texts)))
    ran = it.gate("--status", "--report", "terminal")
    assert ran.code == 10, ran.all
    assert set(ran.outputs) == KEYS
    assert all(VALUES.fullmatch(value) for value in ran.outputs.values()), ran.outputs
    for line in (ran.out + ran.err).splitlines():
        assert not line.lstrip().startswith(("::", "##[", "##vso")), line
    assert it.asked.count("<!-- planguard:gate:v1") == 1
    assert "\u202e" not in it.asked


def hostile(number: int, text: str) -> dict[str, Any]:
    """Something that ends, and whose every name is hostile."""
    return change(
        f"aws_cloudwatch_log_group.x{number}[{json.dumps(text)}]",
        ("delete",),
        before={"id": text, "name": text, "tags": {"environment": "production", "owner": text}},
        index=text,
        type="aws_cloudwatch_log_group",
        name=f"x{number}",
    )


def test_no_token_anywhere(stage: Any) -> None:
    it = stage(config(evidence={"store": "file"}))
    token = it.hub.token()
    runs = [it.gate("--status", "-v", token=token), it.gate("--status", "-v", token=token)]
    runs += [it.gate("--status", "-v", token=token + "x"), it.verify("-v", token=token)]
    text = everything(it, runs[0]) + "".join(ran.all for ran in runs)
    assert token not in text and "Bearer" not in text


def test_the_outputs_say_that_nothing_passed_where_something_broke(stage: Any) -> None:
    it = stage()
    (it.top / "broken.json").write_text("{")
    event = it.hub.payload(it.pr, "synchronize")
    ran = it._run("gate", ["broken.json"], event, None, {})
    assert (ran.code, ran.state) == (3, "error") and set(ran.outputs) == KEYS, ran.all


def test_every_message_is_short_and_has_one_next_step(stage: Any) -> None:
    it = stage()
    for ran in walked(it, "audit"):
        said = ran.err.strip().splitlines()
        assert len(said) <= 2, ran.err
        assert all(len(line) <= 200 for line in said), ran.err
