"""`planguard apply` with real terraform, in a real pseudo-terminal."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from typing import Any

DATABASE = "aws_db_instance.orders"


def test_the_name_of_the_worst_loss_lets_it_through(world: Any) -> None:
    before = world.resources()
    talk = world.talk("apply", "harm.tfplan")
    assert "db_name changes from" in talk.until("Name ")
    assert "Name › orders" not in talk.said
    talk.types("orders")
    assert talk.ends() == 0
    assert "Apply complete! Resources: 1 added, 0 changed, 1 destroyed." in talk.said
    after = world.resources()
    assert after.keys() == before.keys()
    assert after[DATABASE] != before[DATABASE]


def test_above_three_things_their_number_is_typed_too(world: Any) -> None:
    talk = world.talk("apply", "loss.tfplan")
    assert "4 objects end" in talk.until("Name ")
    talk.types(DATABASE)
    talk.until("How many end ")
    talk.types("3")
    talk.until("That is not how many end; 2 tries left.")
    talk.types("orders")
    talk.until("How many end ")
    talk.types("4")
    assert talk.ends() == 0
    assert list(world.resources()) == [DATABASE]


def test_ctrl_c_at_the_question_leaves_everything_as_it_is(world: Any) -> None:
    before = world.resources()
    talk = world.talk("apply", "harm.tfplan")
    talk.until("Name ")
    talk.interrupts()
    assert talk.ends() == 130
    assert "Nothing was applied" in talk.said
    assert world.resources() == before


def test_ctrl_c_in_the_middle_lets_terraform_end_by_itself(world: Any) -> None:
    talk = world.talk("apply", "harm.tfplan", FAKECLOUD_SLOW="delete:aws_db_instance", FAKECLOUD_SECONDS="1.5")
    talk.until("Name ")
    talk.types("orders")
    talk.until("Destroying...")
    talk.interrupts()
    assert talk.ends() == 130
    assert "Interrupt received." in talk.said
    assert "Two interrupts received" not in talk.said
    assert "terraform was interrupted; 0 of 1 change done" in talk.said
    assert "the old one is destroyed, and there is no new one" in talk.said
    assert DATABASE not in world.resources()


def test_another_plan_under_the_same_name_is_not_what_is_applied(world: Any) -> None:
    talk = world.talk("apply", "harm.tfplan")
    talk.until("Name ")
    shutil.copy(world.directory / "loss.tfplan", world.directory / "harm.tfplan")
    talk.types("orders")
    assert talk.ends() == 0
    assert len(world.resources()) == 4


def test_a_link_that_leads_elsewhere_meanwhile_is_not_followed_again(world: Any) -> None:
    link = world.directory / "link"
    link.symlink_to("harm.tfplan")
    talk = world.talk("apply", "link")
    talk.until("Name ")
    link.unlink()
    link.symlink_to("loss.tfplan")
    talk.types("orders")
    assert talk.ends() == 0
    assert len(world.resources()) == 4


def test_a_private_copy_that_changes_all_the_same_is_refused(world: Any, tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    before = world.resources()
    talk = world.talk("apply", "harm.tfplan", TMPDIR=str(tmp_path / "tmp"))
    talk.until("Name ")
    (copy,) = (tmp_path / "tmp").glob("planguard-*/tfplan")
    assert (copy.parent.stat().st_mode & 0o777, copy.stat().st_mode & 0o777) == (0o700, 0o400)
    copy.unlink()
    shutil.copy(world.directory / "loss.tfplan", copy)
    talk.types("orders")
    assert talk.ends() == 3
    assert "no longer what was judged" in talk.said
    assert world.resources() == before
    assert not list((tmp_path / "tmp").iterdir())


def test_an_apply_that_fails_half_way_says_what_was_done(world: Any) -> None:
    talk = world.talk("apply", "loss.tfplan", FAKECLOUD_FAIL="create:aws_db_instance")
    talk.until("Name ")
    talk.types("orders")
    talk.until("How many end ")
    talk.types("4")
    assert talk.ends() == 4
    said = " ".join(talk.said.split())
    assert "terraform ended with code 1; 3 of 4 changes done." in said
    assert f"Half done {DATABASE} replace: the old one is destroyed, and there is no new one" in said
    assert "Done aws_s3_bucket.documents[0] destroy aws_s3_bucket.documents[1] destroy" in said
    assert "needs a new plan" in said


def test_a_lock_that_somebody_holds(world: Any) -> None:
    lock = world.directory / ".terraform.tfstate.lock.info"
    before = world.resources()
    holder = world.talk("apply", "fine.tfplan", FAKECLOUD_SLOW="create:", FAKECLOUD_SECONDS="2")
    holder.until("Creating...")
    assert lock.exists()
    code, said = world.pipe("apply", "--no-color", "fine.tfplan")
    assert code == 4
    assert "Error acquiring the state lock" in said
    assert "terraform ended with code 1; the state is as it was." in said
    assert holder.ends() == 0
    assert len(world.resources()) == len(before) + 1


def test_a_harmless_plan_needs_nobody(world: Any) -> None:
    code, said = world.pipe("apply", "fine.tfplan", CI="true", CLAUDECODE="1")
    assert (code, "Apply complete!" in said) == (0, True)
    code, said = world.pipe("apply", "fine.tfplan")
    assert code == 3
    assert "The state has changed since this plan was made." in said


def test_without_a_plan_one_is_made_and_options_reach_it(world: Any) -> None:
    talk = world.talk("apply", "--", "-target=aws_s3_bucket.documents", "-parallelism=2", "-destroy")
    talk.until("3 objects end")
    talk.until("Name ")
    talk.types("documents[0]")
    assert talk.ends() == 0
    assert list(world.resources()) == [DATABASE]


def test_a_plan_cut_off(world: Any) -> None:
    path = world.directory / "harm.tfplan"
    path.write_bytes(path.read_bytes()[:-200])
    code, said = world.pipe("apply", "harm.tfplan")
    assert code == 3
    assert "harm.tfplan: This saved plan is damaged or cut off." in said


def test_a_plan_of_another_version(world: Any) -> None:
    path = world.directory / "harm.tfplan"
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert b"1.11.4" in parts["tfplan"] or b"1." in parts["tfplan"]
    import re

    version = re.search(rb"\d+\.\d+\.\d+", parts["tfplan"])
    assert version is not None
    other = b"9" + version[0][1:]
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data.replace(version[0], other) if name == "tfplan" else data)
    code, said = world.pipe("apply", "harm.tfplan")
    assert code == 3
    assert "Another version made this plan" in said


def test_only_what_was_judged_can_accept_a_loss_beforehand(world: Any) -> None:
    sources = world.directory / "main.tf"
    text = sources.read_text(encoding="utf-8")
    waiver = '# planguard:ignore data-replacement until=2099-01-31 reason="not in the plan"\n'
    sources.write_text(
        text.replace('resource "aws_db_instance"', waiver + 'resource "aws_db_instance"'), encoding="utf-8"
    )
    assert "accepted by" in world.pipe("check", "harm.tfplan", "--source", ".")[1]
    code, said = world.pipe("apply", "harm.tfplan")
    assert code == 10
    assert "main.tf:" in said
    assert "accepted by" not in said
