"""What the pages for GitHub and other pipelines show is what is shipped, and works."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from action_runner import ROOT
from action_tools import clean, tool
from planguard.cli.main import cli

GITHUB, PIPELINES = ROOT / "docs" / "github.md", ROOT / "docs" / "pipelines.md"
ACTION: Any = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
PAGES = pytest.mark.parametrize("page", [GITHUB, PIPELINES], ids=lambda page: page.name)


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)


def table(page: Path, head: str) -> list[list[str]]:
    """The rows of the table under a line."""
    _, _, rest = page.read_text("utf-8").partition(head + "\n")
    rows = re.match(r"(?:\|.*\n)+", rest)
    assert rows, head
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows[0].splitlines()[2:]]


@PAGES
def test_every_block_of_yaml_can_be_read(page: Path) -> None:
    found = blocks(page, "yaml")
    assert found
    for block in found:
        assert yaml.safe_load(block)


def test_what_is_to_be_copied_is_what_is_shipped() -> None:
    marked = re.findall(
        r"^<!-- (examples/\S+) -->\n```yaml\n(.*?)^```$", GITHUB.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    assert [name for name, _ in marked] == ["examples/github/planguard.yml"]
    for name, text in marked:
        assert text == (ROOT / name).read_text("utf-8")


def test_every_input_and_output_stands_in_its_table() -> None:
    def cell(text: object) -> str:
        return " ".join(str(text).split()).replace("|", "\\|")

    inputs = [
        [f"`{name}`", cell(said["description"]), f"`{said['default']}`" if said["default"] else ""]
        for name, said in ACTION["inputs"].items()
    ]
    assert table(GITHUB, "<!-- inputs of action.yml -->") == inputs
    outputs = [[f"`{name}`", cell(said["description"])] for name, said in ACTION["outputs"].items()]
    assert table(GITHUB, "<!-- outputs of action.yml -->") == outputs


@PAGES
def test_uses_of_the_action_name_its_inputs(page: Path) -> None:
    for block in [*blocks(page, "yaml"), *(file.read_text("utf-8") for file in ROOT.glob("examples/github/*.yml"))]:
        for step in _steps(yaml.safe_load(block)):
            if str(step.get("uses", "")).startswith("planguard/planguard@"):
                assert set(step["with"]) <= set(ACTION["inputs"])


def test_callers_give_the_inputs_that_the_workflows_have() -> None:
    for file in ROOT.glob("examples/github/*.yml"):
        for job in yaml.safe_load(file.read_text("utf-8"))["jobs"].values():
            called = re.fullmatch(r"planguard/planguard/(\.github/workflows/[\w-]+\.yml)@0{40}", job.get("uses", ""))
            if not called:
                continue
            workflow = yaml.safe_load((ROOT / called[1]).read_text("utf-8"))
            assert set(job["with"]) <= set(workflow[True]["workflow_call"]["inputs"])
            # A called job may not ask for more than its caller has.
            for inner in workflow["jobs"].values():
                for name, level in inner["permissions"].items():
                    assert job["permissions"].get(name) in (level, "write")


@PAGES
def test_commands_have_the_options_that_they_are_shown_with(page: Path) -> None:
    text = page.read_text("utf-8").replace("\\\n", " ")
    shown = re.findall(r"\bplanguard (gate|verify|check|source) ([^`\n']*)", text)
    assert shown or page == GITHUB
    for command, rest in shown:
        known = CliRunner().invoke(cli, [command, "--help"]).output
        for option in re.findall(r"(?<![\w-])--[a-z-]+", rest.split(" -- ")[0]):
            assert option in known, f"planguard {command} has no {option}"


def test_azures_schema(tmp_path: Path) -> None:
    (block,) = [text for text in blocks(PIPELINES, "yaml") if "PublishTestResults" in text]
    file = tmp_path / "azure-pipelines.yml"
    file.write_text(block)
    clean(tool("check-jsonschema"), "--builtin-schema", "vendor.azure-pipelines", file)


def test_gitlabs_inputs_are_those_of_the_template() -> None:
    spec = yaml.safe_load((ROOT / "ci/gitlab/planguard.gitlab-ci.yml").read_text("utf-8").split("\n---\n")[0])
    (block,) = [yaml.safe_load(text) for text in blocks(PIPELINES, "yaml") if text.startswith("include:")]
    (included,) = block["include"]
    assert (ROOT / included["file"]).is_file()
    assert set(included["inputs"]) <= set(spec["spec"]["inputs"])


def test_the_hook_is_the_one_that_is_shown() -> None:
    (block,) = [yaml.safe_load(text) for text in blocks(PIPELINES, "yaml") if "planguard-source" in text]
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert {hook["id"] for hook in block["repos"][0]["hooks"]} == {hook["id"] for hook in hooks}


def test_jenkins_lets_no_name_into_a_script() -> None:
    (block,) = blocks(PIPELINES, "groovy")
    assert "sh '''" in block and 'sh "' not in block
    assert block.count("{") == block.count("}")


def _steps(found: Any) -> list[dict[str, Any]]:
    if isinstance(found, dict):
        return ([found] if "uses" in found else []) + [step for each in found.values() for step in _steps(each)]
    return [step for each in found for step in _steps(each)] if isinstance(found, list) else []
