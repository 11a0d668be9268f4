"""Secrets that CloudFormation generates again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cfn_documents import change, compared, context, detail, load, response, template, verdict

SECRET = "AWS::SecretsManager::Secret"
FOUND = ("secret-regenerated", "high", "Key")


def written(generate: Any, description: str = "a") -> str:
    properties = {"Name": "prod/db", "Description": description, "GenerateSecretString": generate}
    return template({"Key": {"Type": SECRET, "Properties": properties}})


def test_in_templates(tmp_path: Path) -> None:
    code, found = verdict(compared(tmp_path, written({"PasswordLength": 30}), written({"PasswordLength": 32})))
    assert code == 10
    assert FOUND in found


def test_what_is_not_known_and_stays_the_same(tmp_path: Path) -> None:
    open_ = {"Fn::If": ["Long", {"PasswordLength": 32}, {"PasswordLength": 30}]}
    assert verdict(compared(tmp_path, written(open_), written(open_, "b"))) == (0, set())


def test_in_a_change_set(tmp_path: Path) -> None:
    sides = [context({"Name": "prod/db", "GenerateSecretString": {"PasswordLength": n}}) for n in (30, 32)]
    entry = change(
        "Key",
        SECRET,
        Action="Modify",
        Replacement="False",
        Details=[detail("GenerateSecretString", "Never")],
        BeforeContext=sides[0],
        AfterContext=sides[1],
    )
    (plan,) = load(tmp_path, response(entry, Tags=[{"Key": "env", "Value": "prod"}]))
    assert FOUND in verdict(plan)[1]
