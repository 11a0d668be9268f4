"""`planguard verify`: consent that was given in a pull request, held against the very file that is applied."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from gate_runs import LABEL, Stage, config, deleting
from plan_documents import plan


def merged(stage: Any, *names: str, settings: str | None = None, **more: Any) -> Stage:
    """A pull request that was agreed to, and merged."""
    it: Stage = stage(settings, **more)
    it.plan = deleting(*(names or ("audit",)))
    it.gate()
    it.agree("erin", (names or ("audit",))[0], len(names) if len(names) > 3 else None)
    it.gate()
    it.pr.merge(by="dana")
    it.hub.tick(60)
    return it


def test_what_was_agreed_to_passes(stage: Any) -> None:
    ran = merged(stage).verify()
    assert (ran.code, ran.state) == (0, "approved"), ran.all


def test_nobody_agreed(stage: Any) -> None:
    it = stage()
    it.gate()
    it.pr.merge(by="dana")
    ran = it.verify()
    assert (ran.code, ran.pg) == (10, "PG20"), ran.all


def test_less_than_was_agreed_to_passes(stage: Any) -> None:
    it = merged(stage, "audit", "payments")
    assert it.verify(plan=deleting("payments")).code == 0


def test_more_than_was_agreed_to_does_not(stage: Any) -> None:
    it = merged(stage)
    ran = it.verify(plan=deleting("audit", "payments"))
    assert (ran.code, ran.pg) == (10, "PG40"), ran.all
    assert "aws_cloudwatch_log_group.payments" in ran.err and "audit" not in ran.err


def test_nothing_to_agree_to_passes(stage: Any) -> None:
    it = merged(stage)
    assert it.verify(plan=plan()).state == "clean"


def test_the_same_consent_in_another_request_does_not_count(stage: Any) -> None:
    it = merged(stage)
    other = it.repo.pull("dana", {"other.tf": "x"})
    other.merge(by="dana")
    ran = it.verify(pr=other.number)
    assert (ran.code, ran.pg) == (10, "PG40"), ran.all


def test_a_request_that_does_not_exist(stage: Any) -> None:
    ran = merged(stage).verify(pr=99_999)
    assert (ran.code, ran.pg) == (3, "PG13"), ran.all


def test_a_request_that_was_closed_and_not_merged(stage: Any) -> None:
    it = stage()
    it.approved()
    it.pr.close()
    ran = it.verify()
    assert (ran.code, ran.pg) == (10, "PG11"), ran.all


def test_a_push_after_the_consent(stage: Any) -> None:
    it = stage()
    it.approved()
    it.pr.push({"main.tf": "# more\n"})
    it.pr.merge(by="dana")
    ran = it.verify()
    assert (ran.code, ran.pg) == (10, "PG40"), ran.all


def test_another_workspace(stage: Any) -> None:
    it = stage()
    it.gate("--workspace", "staging")
    it.agree("erin")
    assert it.gate("--workspace", "staging").state == "approved"
    it.pr.merge(by="dana")
    assert it.verify("--workspace", "staging").code == 0
    ran = it.verify("--workspace", "production")
    assert (ran.code, ran.pg) == (10, "PG40"), ran.all


def test_a_label_that_was_taken_away_after_the_merge(stage: Any) -> None:
    it = merged(stage)
    it.pr.unlabel(LABEL, by="frank")
    ran = it.verify()
    assert (ran.code, ran.pg) == (10, "PG20"), ran.all


def test_an_agents_commits_count_after_the_merge_as_before(stage: Any) -> None:
    """The branch is part of the base by then, so a comparison of the two shows nothing."""
    it = merged(stage, message="x\n\nCo-authored-by: Claude <noreply@anthropic.com>")
    ran = it.verify()
    assert (ran.code, ran.pg) == (10, "PG70"), ran.all
    assert "agent" in ran.err


def test_who_committed_does_not_count_after_the_merge_either(stage: Any) -> None:
    it = stage()
    it.pr.push({"a.tf": "x"}, committer=(it.hub.user("erin").name, it.hub.user("erin").email))
    it.gate()
    it.agree("erin")
    it.pr.merge(by="dana")
    ran = it.verify()
    assert (ran.code, ran.pg) == (10, "PG33"), ran.all


def test_a_request_that_changes_the_guard_takes_two_here_as_well(stage: Any) -> None:
    it = merged(stage, files={"planguard.yml": config(dwell=0), "main.tf": "x"})
    ran = it.verify()
    assert (ran.code, ran.pg) == (10, "PG70"), ran.all
    assert "planguard.yml" in ran.err


def test_consent_in_two_requests_adds_up(stage: Any) -> None:
    it = stage()
    it.approved()
    first, it.pr = it.pr, it.repo.pull("dana", {"other.tf": "x"})
    it.plan = deleting("payments")
    it.gate()
    it.agree("erin", "payments")
    assert it.gate().state == "approved"
    both = deleting("audit", "payments")
    assert it.verify("--pr", str(first.number), plan=both).code == 0
    assert it.verify(plan=both).pg == "PG40"
    assert it.verify("--pr", str(first.number), plan=deleting("audit", "payments", "more")).pg == "PG40"


def test_a_request_into_a_branch_with_rules_of_its_own(stage: Any) -> None:
    """There everybody may agree to everything; what is applied is another branch."""
    it = stage()
    lax = config(quorum={"default": 1}, dwell=0).replace('"version": 1', '"version": 1, "protected": []')
    it.repo.commit("lax", {"planguard.yml": lax, "main.tf": "# begin\n"}, by="dana", parent=it.repo.head("main"))
    it.pr = it.repo.pull("dana", {"other.tf": "x"}, base="lax")
    it.gate()
    it.agree("erin")
    assert it.gate().state == "approved"
    it.pr.merge(by="dana")
    ran = it.verify()
    assert (ran.code, ran.pg) == (3, "PG14"), ran.all
    assert "goes into `lax`" in ran.err and "of `main`" in ran.err
    assert it.verify(GITHUB_REF="refs/heads/lax").state == "approved"
    main = it.repo.pull("dana", {"third.tf": "x"})
    ran = it.verify("--pr", str(main.number), GITHUB_REF="refs/tags/v1")
    assert (ran.code, ran.pg) == (3, "PG14"), ran.all


def test_a_changed_policy_asks_again(stage: Any) -> None:
    """Consent to a smaller question of other rules is none; the same rules are part of what was agreed to."""
    it = merged(stage, "audit", "payments")
    it.repo.commit("main", {"planguard.yml": config(quorum={"default": 2})})
    ran = it.verify(plan=deleting("audit"))
    assert ran.code == 10, ran.all


# --- the file that is applied ----------------------------------------------------------------------------------------

SHOW = "import json, sys; print('applied', [c['address'] for c in json.load(open(sys.argv[-1]))['resource_changes']])"


def applying(it: Stage, *arguments: str, before: str = "") -> Any:
    """`verify --exec` of a command that says what it applies."""
    return it.verify("--exec", "--", sys.executable, "-c", before + SHOW, *(arguments or ("plan.json",)))


def test_the_judged_file_is_applied(stage: Any, capfd: pytest.CaptureFixture[str]) -> None:
    it = merged(stage)
    ran = applying(it)
    assert ran.code == 0, ran.all
    assert "applied ['aws_cloudwatch_log_group.audit']" in capfd.readouterr().out


def test_a_plan_that_is_swapped_after_it_was_judged_is_not_applied(
    stage: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    it = merged(stage)
    worse = json.dumps(deleting("audit", "everything"))
    it.hub.when(r"GET .*/permission", lambda: (it.top / "plan.json").write_text(worse))
    ran = applying(it)
    assert ran.code == 0, ran.all
    assert "applied ['aws_cloudwatch_log_group.audit']" in capfd.readouterr().out
    assert "everything" in (it.top / "plan.json").read_text()


def test_nothing_is_run_where_nobody_agreed(stage: Any, capfd: pytest.CaptureFixture[str]) -> None:
    it = stage()
    it.gate()
    ran = applying(it)
    assert ran.code == 10 and "applied" not in capfd.readouterr().out


def test_a_command_that_does_not_name_the_plan(stage: Any, tmp_path: Path) -> None:
    it = merged(stage)
    it.written(deleting("audit", "everything"), "other.json")
    ran = applying(it, "other.json")
    assert ran.code == 2 and "does not name the plan" in ran.err, ran.all
    assert not ran.calls


def test_exec_without_a_command(stage: Any) -> None:
    ran = merged(stage).verify("--exec")
    assert ran.code == 2 and "--exec" in ran.err


def test_the_commands_own_exit_code_is_passed_on(stage: Any) -> None:
    it = merged(stage)
    ran = it.verify("--exec", "--", sys.executable, "-c", "import sys; sys.exit(7)", "plan.json")
    assert ran.code == 7, ran.all
