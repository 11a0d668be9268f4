"""`planguard apply` where nobody may be asked, with a stand-in for terraform."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from dialogue import Dialogue
from plan_documents import change

LOSS = {"before": {"id": "db-1", "tags": {"environment": "production"}}}


def lossy(stand: Any, **more: Any) -> Any:
    return stand(change("aws_db_instance.orders", **LOSS), **more)


def applied(made: Any) -> bool:
    return any(call.startswith("apply") for call in made.calls())


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"CLAUDECODE": "1"}, "Claude Code runs this shell (CLAUDECODE is set), and consent is a human's."),
        ({"CI": "true"}, "This is a build (CI is set): there is nobody to ask."),
        ({"CI": "true", "CLAUDECODE": "1"}, "Claude Code runs this shell"),
    ],
)
def test_a_terminal_is_not_enough_for_an_agent_or_a_build(stand: Any, variables: dict[str, str], words: str) -> None:
    made = lossy(stand)
    talk = made.talk("apply", "tfplan", **variables)
    assert talk.ends() == 10
    assert words in " ".join(talk.said.split())
    assert "Name ›" not in talk.said
    assert not applied(made)


def test_a_pipe_is_not_asked(stand: Any) -> None:
    made = lossy(stand)
    code, said = made.pipe("apply", "tfplan")
    assert code == 10
    assert "standard input is none" in said
    assert "aws_db_instance.orders" in said
    assert not applied(made)


def test_an_agent_reads_its_own_report(stand: Any) -> None:
    import json

    from command import Planguard

    made = lossy(stand)
    done = Planguard()("apply", "tfplan", cwd=made.directory, environment={**made.environment, "CLAUDECODE": "1"})
    assert done.returncode == 10
    assert json.loads(done.stdout)["verdict"] == "needs_approval"


def test_an_answer_in_a_pipe_is_none(stand: Any) -> None:
    from command import Planguard

    made = lossy(stand)
    done = Planguard()("apply", "tfplan", cwd=made.directory, environment=made.environment, stdin=b"orders\n")
    assert done.returncode == 10
    assert not applied(made)


def test_a_report_that_goes_into_a_pipe_is_not_read_by_anybody(stand: Any) -> None:
    from command import Planguard

    made = lossy(stand)
    talk = Dialogue(
        "-c",
        f"{Planguard().script} apply tfplan | cat; exit ${{PIPESTATUS[0]}}",
        program="bash",
        cwd=made.directory,
        environment=made.environment,
    )
    assert talk.ends() == 10
    assert "standard output is none" in talk.said
    assert not applied(made)


def test_a_name_that_no_terminal_shows_is_typed_as_it_stands_there(stand: Any) -> None:
    hostile = change('aws_db_instance.a["x\u202ey\u001b[31m"]', index="x\u202ey\u001b[31m", **LOSS)
    made = stand(hostile)
    talk = made.talk("apply", "tfplan")
    assert 'aws_db_instance.a["x\\u{202e}y\\u{1b}[31m"]' in talk.until("Name ")
    talk.types('aws_db_instance.a["x\\u{202e}y\\u{1b}[31m"]')
    assert talk.ends() == 0


def test_three_wrong_names_are_enough(stand: Any) -> None:
    made = lossy(stand)
    talk = made.talk("apply", "tfplan")
    for typed in ("yes", "ORDERS", ""):
        talk.until("Name ")
        talk.types(typed)
        talk.until("That is not the name")
    assert talk.ends() == 10
    assert "Nobody agreed" in talk.said
    assert not applied(made)


def test_what_was_typed_before_the_question_is_no_answer(stand: Any) -> None:
    made = lossy(stand)
    talk = made.talk("apply", "tfplan")
    talk.types("orders")
    talk.until("Name ")
    time.sleep(0.2)
    os.write(talk.process.child_fd, b"\xff\xfe\x1b[A\n")
    talk.until("That is not the name")
    talk.until("Name ")
    time.sleep(0.2)
    talk.types("no")
    talk.until("That is not the name")
    talk.process.sendeof()
    assert talk.ends() == 10
    assert not applied(made)


def test_ci_that_is_false_is_no_build(stand: Any) -> None:
    talk = lossy(stand).talk("apply", "tfplan", CI="false")
    talk.until("Name ")
    talk.types("orders")
    assert talk.ends() == 0


def test_a_plan_of_somebody_elses(stand: Any) -> None:
    made = lossy(stand)
    (made.directory / "tfplan").chmod(0o666)
    talk = made.talk("apply", "tfplan")
    assert talk.ends() == 10
    assert "somebody else's: everybody on this machine may write to the file" in " ".join(talk.said.split())


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file away")
def test_a_plan_that_belongs_to_another_user(stand: Any) -> None:
    made = lossy(stand)
    os.chown(made.directory / "tfplan", 12345, 12345)
    talk = made.talk("apply", "tfplan")
    assert talk.ends() == 10
    assert "the file belongs to another user (uid 12345)" in " ".join(talk.said.split())


def test_what_is_forbidden_is_never_applied(stand: Any) -> None:
    made = lossy(stand)
    (made.directory / "planguard.yml").write_text(
        "version: 1\nconsent:\n  forbidden: [data-deletion]\n", encoding="utf-8"
    )
    talk = made.talk("apply", "tfplan")
    assert talk.ends() == 11
    assert "No consent overrides what blocks this plan." in talk.said
    assert not applied(made)


def test_harmless_plans_are_applied_anywhere(stand: Any) -> None:
    made = stand()
    code, said = made.pipe("apply", "tfplan", CI="true", CLAUDECODE="1")
    assert (code, "applied" in said) == (0, True)


def test_terraform_is_missing(stand: Any, tmp_path: Path) -> None:
    made = stand()
    code, said = made.pipe("apply", "tfplan", PATH=str(tmp_path))
    assert code == 3
    assert "neither is on PATH" in said


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "It is empty."),
        (b'{"format_version": "1.2"}', "This is no saved plan"),
        (b"PK\x03\x04 and no more", "damaged or cut off"),
    ],
)
def test_what_is_no_saved_plan(stand: Any, content: bytes, words: str) -> None:
    made = stand()
    (made.directory / "tfplan").write_bytes(content)
    code, said = made.pipe("apply", "tfplan")
    assert code == 3
    assert words in said
    assert made.calls() == []


def test_no_file_a_directory_and_a_pipe(stand: Any) -> None:
    made = stand()
    os.mkfifo(made.directory / "fifo")
    for name, words in (("gone", "no such file"), ("bin", "a directory"), ("fifo", "not a file")):
        code, said = made.pipe("apply", name)
        assert code == 3
        assert words in said


def test_options_reach_the_apply_and_others_do_not(stand: Any) -> None:
    made = stand()
    code, said = made.pipe("apply", "tfplan", "--", "-parallelism=3", "-lock-timeout", "5s", TF_CLI_ARGS_apply="-x")
    assert code == 0
    assert "TF_CLI_ARGS_apply is not passed on." in said
    (call,) = (call for call in made.calls() if call.startswith("apply"))
    assert call.startswith("apply -input=false -parallelism=3 -lock-timeout 5s /")
    assert made.pipe("apply", "tfplan", "--", "-target=a.b")[0] == 2
    assert made.pipe("apply", "tfplan", "other.tfplan")[0] == 2


def test_the_environment_is_passed_on_but_for_arguments(stand: Any) -> None:
    made = stand(apply='env > "$0.env"')
    code, _ = made.pipe("apply", "tfplan", AWS_PROFILE="prod", TF_CLI_ARGS="-no-color", TF_VAR_a="b")
    assert code == 0
    seen = (made.directory / "bin" / "terraform.env").read_text(encoding="utf-8")
    assert "AWS_PROFILE=prod\n" in seen
    assert "TF_VAR_a=b\n" in seen
    assert "TF_CLI_ARGS" not in seen


def test_no_color_reaches_terraform(stand: Any) -> None:
    made = stand()
    made.pipe("apply", "tfplan", NO_COLOR="1")
    assert any(call.startswith("apply -input=false -no-color /") for call in made.calls())


def test_tofu_where_it_made_the_plan(stand: Any) -> None:
    import zipfile

    made = stand()
    (made.directory / "bin" / "terraform").rename(made.directory / "bin" / "tofu")
    with zipfile.ZipFile(made.directory / "tfplan", "a") as archive:
        archive.writestr(".terraform.lock.hcl", 'provider "registry.opentofu.org/hashicorp/aws" {}')
    code, _ = made.pipe("apply", "tfplan")
    assert code == 0
    assert [call.split()[0] for call in made.calls()] == ["show", "state", "apply"]
