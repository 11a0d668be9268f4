"""Many plans at once: which files are meant, the same result however they are judged, and how it all ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from command import Planguard
from plan_documents import change, plan, written
from planguard.cli import many
from planguard.config import Config
from planguard.errors import InputError

needs_posix = pytest.mark.skipif(os.name != "posix", reason="signals and process groups are POSIX's")


@pytest.fixture
def planguard() -> Planguard:
    return Planguard()


def document(number: int) -> object:
    """Every third plan loses a database, every fifth a log group of nobody knows where; the others nothing."""
    tags = {"environment": "production"}
    lost = change(
        f"aws_db_instance.db{number}", before={"id": f"db{number}", "identifier": f"db{number}", "tags": tags}
    )
    small = change(f"aws_cloudwatch_log_group.g{number}", before={"id": f"g{number}", "name": f"g{number}"})
    new = change(f"aws_sqs_queue.q{number}", ("create",), before=None, after={"name": f"q{number}"})
    found = [new, *([lost] if number % 3 == 0 else []), *([small] if number % 5 == 0 else [])]
    return plan(*found)


@pytest.fixture
def plans(tmp_path: Path) -> list[str]:
    """Twenty plans in folders, as a monorepo has them."""
    found = []
    for number in range(20):
        folder = tmp_path / "stacks" / f"team{number % 4}" / f"s{number}"
        folder.mkdir(parents=True)
        written(folder, document(number), "plan.json")
        found.append(f"stacks/team{number % 4}/s{number}/plan.json")
    return found


# --- which files ------------------------------------------------------------------------------------------------------


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("here")
def test_patterns_are_expanded_through_folders(plans: list[str]) -> None:
    assert many.expanded(["stacks/**/plan.json"]) == tuple(sorted(plans))
    assert many.expanded(["stacks/*/s1/*.json"]) == ("stacks/team1/s1/plan.json",)
    assert many.expanded(["stacks/**"]) == tuple(sorted(plans))


@pytest.mark.usefixtures("here")
def test_a_file_is_judged_once(plans: list[str]) -> None:
    one = plans[0]
    assert many.expanded([one, one]) == (one,)
    assert many.expanded([one, "stacks/team0/**/*.json", "stacks/team0/*/plan.json"]).count(one) == 1


def test_a_name_with_a_star_is_a_file_where_there_is_one(here: Path) -> None:
    for name in ("plan[1].json", "plan1.json"):
        written(here, plan(), name)
    assert many.expanded(["plan[1].json"]) == ("plan[1].json",)


def test_a_pattern_without_a_match_is_an_error(planguard: Planguard, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No file matches"):
        many.expanded([f"{tmp_path}/**/*.json"])
    done = planguard("check", "nowhere/**/*.json", cwd=tmp_path)
    assert done.returncode == 3 and b"nowhere/**/*.json: No file matches this pattern." in done.stderr


# --- the same result --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("report", ["terminal", "json", "html", "comment", "sarif", "junit", "annotations", "agent"])
def test_any_order_and_any_number_of_processes_give_the_same_bytes(
    planguard: Planguard, plans: list[str], tmp_path: Path, report: str
) -> None:
    one = planguard("check", *plans, "--jobs", "1", "--report", report, cwd=tmp_path)
    two = planguard("check", *reversed(plans), "--jobs", "2", "--report", report, cwd=tmp_path)
    assert (one.returncode, two.returncode) == (10, 10), one.stderr + two.stderr
    assert one.stdout == two.stdout and len(one.stdout) > 500


def test_a_change_set_beside_plans_is_judged_too(planguard: Planguard, plans: list[str], tmp_path: Path) -> None:
    entry = {"Action": "Remove", "LogicalResourceId": "Orders", "ResourceType": "AWS::DynamoDB::Table", "Scope": []}
    document = {
        "ChangeSetName": "release",
        "StackName": "shop",
        "ChangeSetId": "arn:aws:cloudformation:eu-west-1:123456789012:changeSet/release/1",
        "Status": "CREATE_COMPLETE",
        "Changes": [{"Type": "Resource", "ResourceChange": entry}],
    }
    written(tmp_path, document, "set.json")
    done = planguard("check", *plans, "set.json", "--jobs", "2", "--report", "json", cwd=tmp_path)
    found = json.loads(done.stdout)
    assert len(found["runs"]) == 21 and found["runs"][0]["plan"]["format"] == "change-set", done.stderr


def test_standard_input_goes_with_files(planguard: Planguard, plans: list[str], tmp_path: Path) -> None:
    given = json.dumps(document(3)).encode()
    done = planguard("check", *plans[:4], "-", "--jobs", "2", "--report", "json", cwd=tmp_path, stdin=given)
    assert [run["plan"]["source"] for run in json.loads(done.stdout)["runs"]][:2] == ["<stdin>", plans[0]]


def test_own_rules_are_in_force_in_every_process(planguard: Planguard, plans: list[str], tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "no-queues.yaml").write_text(
        "id: no-queues\ntitle: No queues\nseverity: critical\nsince: '1'\nmessage: A queue\nwhy: So.\nfix: Do not.\n"
        "when: {type: aws_sqs_queue, action: create}\nexamples:\n- flags: {type: aws_sqs_queue, action: create}\n"
        "- passes: {type: aws_s3_bucket, action: create}\n"
    )
    (tmp_path / "planguard.yml").write_text("version: 1\nrules: [rules]\n")
    done = planguard("check", *plans, "--jobs", "2", "--report", "json", cwd=tmp_path)
    runs = json.loads(done.stdout)["runs"]
    assert all("no-queues" in {finding["rule"] for finding in run["findings"]} for run in runs), done.stderr


# --- what cannot be read ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_every_unreadable_plan_is_named_and_nothing_is_judged(
    planguard: Planguard, plans: list[str], tmp_path: Path, jobs: str
) -> None:
    (tmp_path / plans[4]).write_text("{}")
    (tmp_path / plans[9]).unlink()
    (tmp_path / plans[11]).write_text('{"format_version": "1.2", "resource_changes": [')
    done = planguard("check", *plans, "--jobs", jobs, cwd=tmp_path)
    assert done.returncode == 3 and done.stdout == b""
    said = done.stderr.decode()
    assert [name for name in plans if f"error: {name}" in said] == [plans[4], plans[9], plans[11]], said
    assert said.count("error: ") == 3 and "Traceback" not in said


# --- how many processes -----------------------------------------------------------------------------------------------


def test_few_and_small_plans_stay_in_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "processors", lambda: 8)
    assert many.workers([many.PAYS // 2] * 2, None) == 2
    assert many.workers([1000] * 200, None) == 1
    assert many.workers([many.FOR_EACH] * 20, None) == 8
    assert many.workers([many.FOR_EACH] * 20, 3) == 3
    assert many.workers([many.FOR_EACH] * 2, 9) == 2


def test_huge_plans_are_not_read_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "processors", lambda: 64)
    assert many.workers([many.AT_ONCE // 3] * 20, None) == 3
    assert many.workers([many.AT_ONCE * 2, 10], None) == 1


def test_one_plan_pays_for_no_processes(planguard: Planguard, plans: list[str], tmp_path: Path) -> None:
    listing = "import sys; sys.argv = ['planguard', 'check', *sys.argv[1:]]\n"
    listing += "from planguard.cli import main\ntry: main.main()\nfinally: print(*sorted(sys.modules), file=sys.stderr)"
    for named in (plans[:1], plans):
        done = subprocess.run([sys.executable, "-c", listing, *named], cwd=tmp_path, capture_output=True, check=False)
        loaded = set(done.stderr.decode().split())
        assert "planguard.cli.many" in loaded
        assert not loaded & {"multiprocessing", "concurrent.futures", "planguard.cli.processes", "glob"}


def no_semaphores(*_: object) -> None:
    raise OSError(38, "Function not implemented")


def no_process(*_: object) -> None:
    raise BlockingIOError(11, "Resource temporarily unavailable")


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(("where", "broken"), [("_pool", no_semaphores), ("submit", no_process)])
def test_where_no_process_can_be_begun_this_one_judges(
    plans: list[str], monkeypatch: pytest.MonkeyPatch, where: str, broken: Callable[..., None]
) -> None:
    from concurrent.futures import ProcessPoolExecutor

    from planguard.cli import judging, processes

    by, way = judging.policy(None), many.Way()
    alone = many.judged(plans[:6], by, way, jobs=1)
    monkeypatch.setattr(processes if where == "_pool" else ProcessPoolExecutor, where, broken)
    assert many.judged(plans[:6], by, way, jobs=2) == alone and len(alone.reports) == 6


def test_the_settings_can_be_sent(tmp_path: Path) -> None:
    import pickle

    from planguard.config import load

    (tmp_path / "planguard.yml").write_text(
        "version: 1\nproduction:\n  paths: {'live/**': production}\n  words: {blue: production}\n"
        "severity: {data-deletion: medium}\nwaivers: [{rule: data-deletion, address: 'a*', reason: r, by: b}]\n"
        "consent: {mode: label, freezes: [{from: 2026-12-20, until: 2027-01-04, reason: holidays}]}\n"
    )
    settings = load(str(tmp_path / "planguard.yml"), tmp_path)
    assert settings != Config() and pickle.loads(pickle.dumps(settings)) == settings


# --- the end ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def waiting(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """A run that is stuck in two processes: the terraform that reads its saved plans never ends."""
    for name in ("a", "b", "c", "d"):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("tfplan", b"x")
    slow = tmp_path / "terraform"
    slow.write_text(f"#!/bin/sh\necho $$ >> '{tmp_path}/started'\nexec sleep 60\n")
    slow.chmod(0o755)
    runs: list[subprocess.Popen[bytes]] = []

    def start(*, busy: bool = True) -> subprocess.Popen[bytes]:
        command = [str(Planguard().script), "check", "a", "b", "c", "d", "--jobs", "2", "--terraform-bin", str(slow)]
        run = subprocess.Popen(
            command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
        )
        runs.append(run)
        if busy:
            until(lambda: len(programs(tmp_path)) == 2)
            time.sleep(0.3)  # whoever started them has to come to know of them
        return run

    yield start
    for run in runs:
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
        run.communicate()
    for program in programs(tmp_path):
        if alive(program):
            os.kill(program, signal.SIGKILL)


def programs(directory: Path) -> list[int]:
    """The programs that were started."""
    file = directory / "started"
    return [int(line) for line in file.read_text().split()] if file.exists() else []


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def parent(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[1])


def until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < deadline, "it did not happen within half a minute"
        time.sleep(0.02)


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks processes up in /proc")


@needs_proc
def test_a_process_that_is_killed_is_an_error_in_one_sentence(
    waiting: Callable[[], subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    run = waiting()
    os.kill(parent(programs(tmp_path)[0]), signal.SIGKILL)
    out, err = run.communicate(timeout=30)
    assert (run.returncode, out) == (3, b"")
    assert err.decode().splitlines()[0] == (
        "error: A process that judged plans was ended from outside, as happens where memory runs out."
    )
    assert "--jobs 1" in err.decode() and "Traceback" not in err.decode()


@needs_proc
@needs_posix
@pytest.mark.parametrize("whole_group", [True, False])
def test_ctrl_c_ends_all(waiting: Callable[[], subprocess.Popen[bytes]], tmp_path: Path, whole_group: bool) -> None:
    run = waiting()
    judges = {parent(program) for program in programs(tmp_path)}
    if whole_group:
        os.killpg(run.pid, signal.SIGINT)
    else:
        os.kill(run.pid, signal.SIGINT)
    out, err = run.communicate(timeout=30)
    assert (run.returncode, out) == (130, b"")
    assert err.decode().strip() == "Interrupted; nothing was decided."
    until(lambda: not any(map(alive, [*judges, *programs(tmp_path)])))


@needs_proc
@needs_posix
def test_no_process_outlives_the_one_that_asked(waiting: Callable[[], subprocess.Popen[bytes]], tmp_path: Path) -> None:
    run = waiting()
    judges = {parent(program) for program in programs(tmp_path)}
    assert run.pid not in judges
    run.kill()
    until(lambda: not any(map(alive, [*judges, *programs(tmp_path)])))


@needs_proc
@needs_posix
@pytest.mark.parametrize("later", [0, 0.05, 0.1, 0.15, 0.2])
def test_ctrl_c_while_the_processes_begin(
    waiting: Callable[..., subprocess.Popen[bytes]], tmp_path: Path, later: float
) -> None:
    """Whatever they are just importing: nothing but the sentence is printed."""
    run = waiting(busy=False)
    until(lambda: len(begun(run.pid)) > 0)
    time.sleep(later)
    os.killpg(run.pid, signal.SIGINT)
    out, err = run.communicate(timeout=30)
    assert (run.returncode, out, err.decode().strip()) == (130, b"", "Interrupted; nothing was decided.")


def begun(process: int) -> list[int]:
    """The processes that a process has begun to judge plans."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and b"spawn_main" in (entry / "cmdline").read_bytes():
                found += [int(entry.name)] if parent(int(entry.name)) == process else []
        except OSError:  # it has ended meanwhile
            continue
    return found
