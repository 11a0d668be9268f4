"""The report for agents: compact, with next steps, without a way round; and when it is chosen by itself."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from command import Planguard
from planguard.model import Outcome
from planguard.reports import agent

FIXTURES = Path(__file__).parents[1] / "fixtures"


def check(planguard: Planguard, scenario: str, *options: str, **env: str) -> tuple[int, str, str]:
    arguments = [item for item in (FIXTURES / scenario / "args.txt").read_text(encoding="utf-8").split("\n") if item]
    done = planguard("check", *arguments, *options, cwd=FIXTURES / scenario, environment={**os.environ, **env})
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def report(planguard: Planguard, scenario: str, *options: str) -> dict[str, Any]:
    code, out, _ = check(planguard, scenario, "--report", "agent", *options)
    found: dict[str, Any] = json.loads(out)
    assert out.count("\n") == 1
    assert found["exit_code"] == code
    return found


def test_it_says_what_why_and_the_safer_way(planguard: Planguard):
    found = report(planguard, "database-replaced")
    worst = found["plans"][0]["findings"][0]
    assert found["verdict"] == "needs_approval"
    assert worst["address"] == "aws_db_instance.orders"
    assert {"what", "lost", "why", "safer", "severity", "rule"} <= worst.keys()


def test_every_verdict_has_next_steps():
    assert set(agent._NEXT) == set(Outcome)
    assert all(allowed and forbidden for allowed, forbidden in agent._NEXT.values())


@pytest.mark.parametrize("outcome", [Outcome.NEEDS_APPROVAL, Outcome.BLOCKED])
def test_nothing_that_is_allowed_leads_round_the_gate(outcome: Outcome):
    words = " ".join(agent._NEXT[outcome][0])
    for round_ in ("--fail-on", "waive", "label", "override", "approve", "terraform apply", "planguard.yml", "skip"):
        assert round_ not in words


def test_what_is_left_out_is_counted(planguard: Planguard, monkeypatch: pytest.MonkeyPatch):
    found = report(planguard, "many-losses", "--verbose")
    for plan in found["plans"]:
        assert len(plan["findings"]) <= agent.MOST
        assert plan["more_findings"] == 0 or len(plan["findings"]) == agent.MOST


def test_an_agent_gets_it_without_asking(planguard: Planguard):
    code, out, err = check(planguard, "database-replaced", CLAUDECODE="1")
    assert code == 10
    assert json.loads(out)["schema"] == agent.SCHEMA
    assert err == "A report for Claude Code, as CLAUDECODE is set; --report terminal is for people.\n"


@pytest.mark.parametrize("options", [("--report", "terminal"), ("--quiet",), ("--verbose",)])
def test_whoever_asks_for_something_gets_that(planguard: Planguard, options: tuple[str, ...]):
    code, out, err = check(planguard, "database-replaced", *options, CLAUDECODE="1")
    assert (code, err) == (10, "")
    assert not out.startswith("{")


def test_the_code_is_the_same_with_and_without_an_agent(planguard: Planguard):
    for scenario in ("harmless", "database-replaced"):
        assert check(planguard, scenario)[0] == check(planguard, scenario, CURSOR_AGENT="1")[0]
