"""`planguard graph` as a user runs it: the whole plan in each form, in a file or on standard output."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from command import Planguard

PLAN = Path(__file__).parent / "fixtures" / "cascade" / "plan.json"


@pytest.mark.parametrize("name", ["html", "mermaid", "dot"])
def test_graph_draws_also_what_loses_nothing(name: str, planguard: Planguard) -> None:
    done = planguard("graph", PLAN, "--format", name)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"aws_s3_bucket.logs" in done.stdout
    checked = planguard("check", PLAN, "--report", name)
    assert checked.returncode == 10
    assert b"aws_s3_bucket.logs" not in checked.stdout


def test_graph_writes_a_file(planguard: Planguard, tmp_path: Path) -> None:
    done = planguard("graph", PLAN, "--output", tmp_path / "plan.html")
    assert (done.returncode, done.stdout) == (0, b"")
    # A picture decides nothing: no verdict, and no exit code other than its own.
    assert done.stderr.decode().strip() == f"Wrote {tmp_path / 'plan.html'}."
    text = (tmp_path / "plan.html").read_text(encoding="utf-8")
    match = re.search(r'id="data">(.*?)</script>', text)
    assert match is not None
    (run,) = json.loads(match[1])["runs"]
    assert run["picture"]["left"] is None
    assert sum(node["count"] for node in run["picture"]["nodes"]) == 11


def test_graph_of_what_is_no_plan_is_an_error(planguard: Planguard, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text("{}", encoding="utf-8")
    done = planguard("graph", file, "--output", tmp_path / "plan.html")
    assert done.returncode == 3
    assert not (tmp_path / "plan.html").exists()


def test_reports_that_draw_cost_the_others_nothing(planguard: Planguard) -> None:
    done = planguard("check", PLAN, environment={"PYTHONPROFILEIMPORTTIME": "1"})
    loaded = {line.rsplit("|", 1)[-1].strip() for line in done.stderr.decode().splitlines()}
    assert "planguard.engine" in loaded
    parts = ("graph.picture", "graph.tree", "reports.html", "reports.html_data", "reports.outline")
    assert not loaded & {f"planguard.{name}" for name in parts}
