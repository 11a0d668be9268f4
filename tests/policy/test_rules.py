"""Every example of every shipped rule is a test; so is the page that is generated from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from planguard.errors import ConfigError
from planguard.policy import describe, docs, examples, rulebook
from planguard.policy.rule import parse

ROOT = Path(__file__).parents[2]
CASES = [
    pytest.param(rule, example, id=f"{rule.id}-{index}-{example.outcome}")
    for rule in rulebook.shipped()
    for index, example in enumerate(rule.examples)
]


@pytest.mark.parametrize(("rule", "example"), CASES)
def test_example_comes_out_as_the_rule_says(rule, example):
    (result,) = [result for result in examples.run(rule) if result.example is example]
    assert result.ok, f"expected {example.outcome}, got {result.got}: {result.detail}"


def test_pages_are_as_generated():
    assert docs.stale(ROOT / "docs" / "rules") == [], "run `make docs`"


@pytest.mark.parametrize("rule", rulebook.shipped(), ids=lambda rule: rule.id)
def test_rule_reads_well(rule):
    text = describe.rule_text(rule)
    assert rule.title in text and rule.fix.split()[0] in text
    assert rule.title[0].isupper() and not rule.title.endswith(".")
    assert all(link.startswith("https://") for link in rule.references)


def _rule(**changes):
    data = {
        "id": "a-rule",
        "title": "A rule",
        "severity": "high",
        "since": "1",
        "when": {"action": "delete"},
        "message": "m",
        "why": "w",
        "fix": "f",
        "examples": [
            {"flags": {"type": "aws_lb", "action": "delete"}},
            {"passes": {"type": "aws_lb", "action": "update"}},
        ],
    }
    data.update(changes)
    return {key: value for key, value in data.items() if value is not None}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"severty": "high"}, "severty"),
        ({"severity": "hgh"}, "hgh"),
        ({"why": None}, "why"),
        ({"id": "A rule"}, "id"),
        ({"when": {"acton": "delete"}}, "acton"),
        ({"when": {"action": {"iz": "delete"}}}, "iz"),
        ({"when": {}}, "when"),
        ({"when": None}, "either"),
        ({"check": "nope", "when": None}, "nope"),
        ({"check": "plan-errored"}, "either"),
        ({"examples": []}, "examples"),
        ({"examples": [{"flags": {"type": "a_b", "action": "delete"}}]}, "passes"),
        ({"examples": [{"flag": {}}]}, "flag"),
    ],
)
def test_a_wrong_rule_names_file_and_key(changes, words):
    with pytest.raises(ConfigError) as caught:
        parse(_rule(**changes), "my/rules/a-rule.yaml", known_checks=["plan-errored"])
    assert caught.value.where == "my/rules/a-rule.yaml"
    assert words in caught.value.message


def test_an_example_that_is_wrong_is_shown():
    rule = parse(_rule(when={"action": "create"}), "x.yaml")
    got = {result.example.outcome: result for result in examples.run(rule)}
    assert not got["flags"].ok and got["flags"].got == "passes"
    assert got["passes"].ok


def test_unknown_environment_leaves_a_rule_undecided():
    rule = parse(
        _rule(
            when={"action": "delete", "environment": "production"},
            examples=[
                {"flags": {"type": "aws_lb", "action": "delete", "environment": "production"}},
                {"passes": {"type": "aws_lb", "action": "delete", "environment": "other"}},
                {"undecided": {"type": "aws_lb", "action": "delete", "environment": "unknown"}},
            ],
        ),
        "x.yaml",
    )
    assert all(result.ok for result in examples.run(rule))


def test_a_value_known_after_apply_leaves_a_rule_undecided():
    rule = parse(
        _rule(
            when={"action": "update", "after.public": True},
            examples=[
                {"flags": {"type": "a_b", "action": "update", "after": {"public": True}}},
                {"passes": {"type": "a_b", "action": "update", "after": {"public": False}}},
                {"undecided": {"type": "a_b", "action": "update", "after": {"public": "(known after apply)"}}},
            ],
        ),
        "x.yaml",
    )
    assert [result.got for result in examples.run(rule)] == ["flags", "passes", "undecided"]


def test_user_rules_are_read_from_a_directory(tmp_path):
    import yaml

    (tmp_path / "a-rule.yaml").write_text(yaml.safe_dump(_rule()), encoding="utf-8")
    found = rulebook.rules([str(tmp_path)])
    assert "a-rule" in {rule.id for rule in found} and "data-deletion" in {rule.id for rule in found}


def test_a_user_rule_may_not_take_the_id_of_a_shipped_one(tmp_path):
    import yaml

    (tmp_path / "data-deletion.yaml").write_text(yaml.safe_dump(_rule(id="data-deletion")), encoding="utf-8")
    with pytest.raises(ConfigError, match="twice"):
        rulebook.rules([str(tmp_path)])


def test_broken_yaml_names_file_and_line(tmp_path):
    (tmp_path / "a-rule.yaml").write_text("id: a\n  b: [\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        rulebook.from_directory(tmp_path)
    assert caught.value.where is not None and "a-rule.yaml:" in caught.value.where


@pytest.mark.parametrize(
    ("text", "line"), [("severty: high", 4), ("severity: hgh", 4), ("severity: high\nid: again", 5)]
)
def test_a_wrong_key_names_its_line(tmp_path, text, line):
    file = tmp_path / "a-rule.yaml"
    rest = "since: '1'\nmessage: m\nwhy: w\nfix: f\nwhen: {action: delete}\n"
    cases = "examples:\n  - flags: {type: a_b, action: delete}\n  - passes: {type: a_b, action: update}\n"
    file.write_text(f"# a comment\nid: a-rule\ntitle: A rule\n{text}\n{rest}{cases}", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        rulebook.from_directory(tmp_path)
    assert caught.value.where == f"{file}:{line}"
