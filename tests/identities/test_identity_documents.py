"""Policy documents with the answer that AWS's documentation gives (documents.yaml): may a machine do this?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from planguard.identities import actions, conditions, document, power, wildcards

TABLE = yaml.safe_load((Path(__file__).parent / "documents.yaml").read_text(encoding="utf-8"))
CASES = TABLE["cases"]
WORDS = {True: "yes", False: "no"}  # YAML's own words for them


def statement(short: dict) -> dict:
    effect = "Allow" if "Allow" in short else "Deny"
    found: dict = {"Effect": effect}
    found |= {"NotAction": short["but"]} if "but" in short else {"Action": short[effect]}
    found |= {"NotResource": short["but_at"]} if "but_at" in short else {"Resource": short.get("at", "*")}
    return found | ({"Condition": short["if"]} if "if" in short else {})


def written(case: dict, key: str = "policy") -> str:
    """The document as JSON, as AWS would take it."""
    if key == "policy" and "raw" in case:
        return case["raw"]
    return json.dumps({"Version": "2012-10-17", "Statement": [statement(short) for short in case[key]]})


def sources(text: str) -> tuple[list[power.Source], tuple[str, ...]]:
    found = document.parse(text)
    return [power.Source(one, "policy") for one in found.statements], found.unclear


def answer(case: dict, question: str) -> str:
    action, _, resource = question.partition(" on ")
    given, unclear = sources(written(case))
    boundary = sources(written(case, "boundary"))[0] if "boundary" in case else None
    found = power.effective(given, boundary, case.get("who"))
    if unclear or found.unclear:
        return "unclear"
    mask = actions.expand(action)
    assert mask.bit_count() == 1, f"{action} is not in the table"
    reaching = [
        g
        for g in found.grants
        if g.mask & mask and (not resource or all(wildcards.matches(text, resource) for text in g.patterns))
    ]
    reaching = [g for g in reaching if not any(wildcards.matches(text, resource or "*") for text in g.lacks)]
    if any(not g.needs and not any(" " in text for text in g.lacks) for g in reaching):
        return "yes"
    return "if" if reaching else "no"


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_the_answer_is_the_documented_one(case):
    for question, expected in case["ask"].items():
        assert answer(case, question) == WORDS.get(expected, expected), question


def test_the_table_is_large_and_every_answer_names_its_page():
    assert len(CASES) >= 120
    assert len({case["id"] for case in CASES}) == len(CASES)
    assert {case["see"] for case in CASES} == set(TABLE["pages"])


def test_every_operator_of_aws_is_known():
    for name in (
        "StringEquals",
        "StringLike",
        "NumericLessThan",
        "DateGreaterThan",
        "Bool",
        "IpAddress",
        "ArnLike",
        "Null",
    ):
        assert conditions.operator(name) is not None
    assert conditions.operator("ForAnyValue:StringLikeIfExists") == conditions.Operator("stringlike", True, "any")
    assert conditions.operator("NullIfExists") is None
    assert conditions.operator("StringIsh") is None
