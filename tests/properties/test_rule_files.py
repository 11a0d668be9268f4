"""Rules that users write, broken in the ways that the fuzzer found: one sentence with exit 3, or a rule that works."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from fuzzing import seeds
from fuzzing.runner import Run, quiet_place, run


def check(place: Path, rule: str, **attributes: object) -> Run:
    (place / "own").mkdir()
    (place / "own" / "own-rule.yaml").write_text(rule, encoding="utf-8")
    (place / "planguard.yml").write_text("rules: [own]\n", encoding="utf-8")
    plan = seeds.single()
    plan["resource_changes"][0]["change"]["before"].update(attributes)
    (place / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    with quiet_place(place):
        return run(["check", "plan.json", "--report", "json"])


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("references", 3),
        ("references", "https://example.com"),
        ("references", [1]),
        ("instead_of", True),
        ("instead_of", [["data-deletion"]]),
        ("lost", 2),
        ("note", {"a": 1}),
        ("check", {}),
        ("severity", {}),
    ],
)
def test_what_is_not_a_text_is_refused(tmp_path, key, value):
    done = check(tmp_path, yaml.safe_dump({**seeds.RULE, key: value}))
    assert (done.code, done.traceback) == (3, "")
    assert f"`{key}`" in done.text or key in done.text


@pytest.mark.parametrize("value", ["9" * 5000, "2027-02-31", "0x" + "f" * 5000, "2027-01-01T99:99:99Z"])
def test_numbers_and_dates_that_are_none(tmp_path, value):
    rule = yaml.safe_dump(seeds.RULE) + f"lost: {value}\n"
    done = check(tmp_path, rule)
    assert (done.code, done.traceback) == (3, "")
    assert "own-rule.yaml" in done.text


@pytest.mark.parametrize("size", [10**400, 3.5, "7"])
def test_numbers_of_any_size_are_compared(tmp_path, size):
    rule = {**seeds.RULE, "when": {"before.size": {"at_least": 3}}}
    done = check(tmp_path, yaml.safe_dump(rule), size=size)
    report = json.loads(done.out)
    assert "own-rule" in {finding["rule"] for finding in report["findings"]}
    assert report["rules_failed"] == []
