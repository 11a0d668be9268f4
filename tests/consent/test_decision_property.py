"""Whatever happens in a pull request, in whatever order: it only passes when enough of the right people agreed.

The machine keeps its own account of who agreed to what, in the plainest way, and compares.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from planguard.consent.facts import Question
from planguard.consent.quorum import Asked
from planguard.consent_config import ConsentConfig, Quorum
from planguard.forge import Account
from pull_requests import BOT, LABEL, Request, person, question

PEOPLE = [person(name) for name in ("dana", "erin", "frank", "gina", "triager", "stranger")]
MACHINES = [BOT, person("renovate[bot]", "Bot"), Account("kiro-agent", 244629292, "User")]
ROLES = {"dana": "admin", "erin": "write", "frank": "maintain", "gina": "write", "triager": "triage"}
MAY = {"erin", "frank", "gina"}
"""Who may agree as long as they do not push."""
PLANS = [
    question("aws_db_instance.orders"),
    question("aws_db_instance.orders", "aws_s3_bucket.audit"),
    question("aws_s3_bucket.audit"),
]

anybody = st.sampled_from([*PEOPLE, *MACHINES])
plans = st.sampled_from(PLANS)


class Pull(RuleBasedStateMachine):
    """A pull request in which anything may happen."""

    @initialize(two=st.booleans(), sticky=st.booleans(), label_only=st.booleans())
    def begin(self, two: bool, sticky: bool, label_only: bool) -> None:
        config = ConsentConfig(
            quorum=Quorum(default=2 if two else 1), sticky=sticky, mode="label" if label_only else "phrase"
        )
        self.pr = Request(config=config)
        self.plan = PLANS[0]
        self.lines: list[tuple[Account, Question, str, float]] = []
        """Proper lines: who, to what, at which head, when."""
        self.labelled: tuple[Account, float, bool] | None = None
        """Who set the label that is there, when, and whether properly."""
        self.asked_at: dict[tuple[str, str], float] = {}
        self.floor = 0.0
        """Nothing before this counts: a reopening, or somebody who took it back."""
        self.pushed = self.clock
        self.makers = {"dana"}
        self.robots = False
        for one in PEOPLE:
            self.pr.role(ROLES.get(one.login, "none"), one)
        for machine in MACHINES:
            self.pr.role("admin", machine)

    @property
    def clock(self) -> float:
        return self.pr.now.timestamp()

    @rule(seconds=st.sampled_from([1, 10, 30, 3600]))
    def wait(self, seconds: int) -> None:
        self.pr.tick(seconds)

    @rule(plan=plans)
    def plan_again(self, plan: Question) -> None:
        """The gate runs, as it does after every push: it asks what was not asked."""
        self.plan = plan
        if (plan.fingerprint, self.pr.head) not in self.asked_at and not self.pr.decide(plan).state.passes:
            self.asked_at[plan.fingerprint, self.pr.head] = self.clock
            self.pr.ask(plan)
            # The comment forgets the oldest questions, and so does planguard.
            kept = {(one.fingerprint, one.head) for one in self.pr.asked[-3:]}
            self.asked_at = {key: at for key, at in self.asked_at.items() if key in kept}

    @rule(who=anybody)
    def set_label(self, who: Account) -> None:
        self.pr.label(who)
        self.labelled = (who, self.clock, True)

    @rule(who=anybody)
    def set_label_through_an_app(self, who: Account) -> None:
        self.pr.label(who, app="cursor")
        self.labelled = (who, self.clock, False)

    @rule(who=anybody)
    def remove_label(self, who: Account) -> None:
        self.pr.unlabel(who)
        self.labelled = None

    @rule()
    def rename_another_label(self) -> None:
        """A label under another name comes to be called like ours."""
        if LABEL not in self.pr.labels:
            self.pr.labels.append(LABEL)

    @rule(who=anybody, plan=plans)
    def post_line(self, who: Account, plan: Question) -> None:
        self.pr.say(who, self.pr.line(plan))
        self.lines.append((who, plan, self.pr.head, self.clock))

    @rule(who=st.sampled_from(PEOPLE[:4]), plan=plans, label=st.booleans())
    def agree(self, who: Account, plan: Question, label: bool) -> None:
        """The way it is meant: asked, read, answered. Without it, chance would hardly ever open the gate."""
        self.plan_again(plan)
        self.wait(30)
        self.post_line(who, plan)
        self.wait(1)
        if label:
            self.set_label(who)

    @rule(who=anybody, plan=plans, wrong=st.sampled_from(["edited", "name", "app", "code", "quoted"]))
    def post_bad_line(self, who: Account, plan: Question, wrong: str) -> None:
        line = self.pr.line(plan, name="something" if wrong == "name" else None)
        if wrong == "code":
            line = line.replace(line.split()[2], "0000-0000-0000")
        ways: dict[str, dict[str, Any]] = {"edited": {"edited": 5}, "app": {"app": "claude"}}
        said = ways.get(wrong, {})
        self.pr.say(who, f"> {line}" if wrong == "quoted" else line, **said)
        if wrong != "quoted":
            # The last line of a person counts, so a bad one takes the place of a good one.
            self.lines = [one for one in self.lines if one[0] != who]

    @rule(who=st.sampled_from([*PEOPLE, MACHINES[2]]))
    def push(self, who: Account) -> None:
        self.pr.push(who)
        self.pushed = self.clock
        self.makers.add(who.login)
        self.robots = self.robots or who in MACHINES

    @rule(who=anybody)
    def reopen(self, who: Account) -> None:
        self.pr.reopen(who)
        self.floor = self.clock
        self.lines = []

    @rule(who=st.sampled_from(PEOPLE[:4]))
    def revoke(self, who: Account) -> None:
        self.pr.say(who, "/planguard revoke")
        self.lines = [one for one in self.lines if one[3] > self.clock]

    @precondition(lambda self: hasattr(self, "pr"))
    @invariant()
    def passes_only_with_consent(self) -> None:
        for plan in PLANS:
            self.plan = plan
            self.check()

    def check(self) -> None:
        review = self.pr.decide(self.plan)
        if not review.state.passes:
            return
        assert self.labelled is not None and self.labelled[2], "nobody set the label properly"
        assert self.labelled[0].login in MAY - self.makers, "the wrong one set the label"
        sticky = self.pr.config.sticky and not self.robots
        good = set()
        for (asked, head), at in self.asked_at.items():
            wanted = next(plan for plan in PLANS if plan.fingerprint == asked)
            if not set(self.plan.items) <= set(wanted.items) or not (sticky or head == self.pr.head):
                continue
            since = max(at, self.floor, 0 if sticky else self.pushed)
            if self.labelled[1] <= since:
                continue
            if review.mode == "label":
                good |= {self.labelled[0].login}
            else:
                good |= {
                    who.login
                    for who, plan, where, when in self.lines
                    if plan.fingerprint == asked and when > since and (sticky or where == self.pr.head)
                }
        good &= MAY - self.makers
        needed = max(self.pr.config.quorum.default, 2 if self.robots else 1)
        assert len(good) >= needed, f"{sorted(good)} are not {needed}"
        assert review.needed >= needed


TestPull = pytest.mark.filterwarnings("ignore")(Pull.TestCase)
TestPull.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_the_machine_can_reach_a_pass() -> None:
    """The property would hold of a gate that never opens: this one does."""
    pr = Request()
    pr.role("write", PEOPLE[1])
    pr.tick()
    pr.ask(PLANS[0])
    pr.tick()
    pr.agree(PEOPLE[1], PLANS[0])
    assert pr.decide(PLANS[0]._replace(weight=Asked())).state.passes
