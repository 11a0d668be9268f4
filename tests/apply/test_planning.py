"""Having a plan made: with which program, for which workspace, with which options."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from planguard.cli import planning


@pytest.mark.parametrize(
    ("variables", "kept", "name"),
    [
        ({}, None, None),
        ({}, "prod\n", "prod"),
        ({}, "default", None),
        ({"TF_WORKSPACE": "blue"}, "prod", "blue"),
        ({"TF_WORKSPACE": " "}, "prod", "prod"),
        ({"TF_DATA_DIR": "data"}, "prod", None),
    ],
)
def test_the_workspace_that_is_selected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], kept: str | None, name: str | None
) -> None:
    for variable in ("TF_WORKSPACE", "TF_DATA_DIR"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    if kept is not None:
        (tmp_path / ".terraform").mkdir()
        (tmp_path / ".terraform" / "environment").write_text(kept, encoding="utf-8")
    assert planning.selected(tmp_path) == name


def test_the_workspace_is_evidence_of_production(stand: Any) -> None:
    from plan_documents import change

    made = stand(change("aws_s3_bucket.files", before={"id": "files", "bucket": "files"}))
    code, said = made.pipe("apply", TF_WORKSPACE="prod")
    assert code == 10
    assert "workspace prod" in said


def test_tofu_where_its_registry_is_locked(stand: Any) -> None:
    made = stand()
    tofu = made.directory / "bin" / "tofu"
    tofu.write_bytes((made.directory / "bin" / "terraform").read_bytes().replace(b"/log", b"/tofu.log"))
    tofu.chmod(0o755)
    (made.directory / ".terraform.lock.hcl").write_text('provider "registry.opentofu.org/hashicorp/aws" {}\n')
    assert made.pipe("apply", "--", "-parallelism=2", NO_COLOR="1")[0] == 0
    calls = (made.directory / "tofu.log").read_text().splitlines()
    assert calls[0].startswith("plan -input=false -no-color -parallelism=2 -out=/")
    assert [call.split()[0] for call in calls] == ["plan", "show", "state", "apply"]
    assert calls[-1].startswith("apply -input=false -no-color -parallelism=2 /")


def test_arguments_from_the_environment_reach_the_plan_alone(stand: Any) -> None:
    made = stand(apply='echo "apply $TF_CLI_ARGS $TF_CLI_ARGS_plan" >> seen')
    script = made.directory / "bin" / "terraform"
    script.write_text(script.read_text().replace("  plan) ", '  plan) echo "plan $TF_CLI_ARGS_plan" >> seen; '))
    assert made.pipe("apply", TF_CLI_ARGS_plan="-lock=false")[0] == 0
    assert (made.directory / "seen").read_text().split("\n") == ["plan -lock=false", "apply  ", ""]
