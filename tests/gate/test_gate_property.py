"""Whatever people and machines do on GitHub: the gate, run for real, passes only when the right ones agreed.

The machine keeps its own account of who agreed to what, and compares it with the command's exit code. How long it
looks: PLANGUARD_GATE_EXAMPLES (default 15) times PLANGUARD_GATE_STEPS (default 15).
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from fakegithub import FakeGitHub
from gate_runs import LABEL, Ran, Stage, config, deleting

PEOPLE = ("dana", "erin", "frank", "gina", "tess", "stranger")
MACHINES = ("renovate[bot]", "github-actions[bot]")
MAY = {"erin", "frank", "gina"}
PLANS = {"small": ("audit",), "large": ("audit", "payments")}

anybody = st.sampled_from([*PEOPLE, *MACHINES])
plans = st.sampled_from(sorted(PLANS))


class Gate(RuleBasedStateMachine):
    """A pull request in which anything may happen."""

    hub: ClassVar[FakeGitHub]
    count: ClassVar[int] = 0
    passes: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="planguard-gate-")

    @initialize(two=st.booleans(), sticky=st.booleans())
    def begin(self, two: bool, sticky: bool) -> None:
        Gate.count += 1
        self.needed, self.sticky = (2 if two else 1), sticky
        self.it = Stage(
            self.hub,
            Path(self.folder.name),
            config(quorum={"default": self.needed}, sticky=sticky),
            name=f"acme/property-{Gate.count}",
        )
        for machine in MACHINES:
            self.it.repo.role(machine, "admin")
        self.makers, self.machines = {"dana"}, False
        self.lines: list[tuple[str, str, str, float]] = []
        """Who posted a line for which plan, at which head, and when."""
        self.asked: dict[tuple[str, str], float] = {}
        """Plan and head → when that was first asked."""
        self.labelled: tuple[str, float] | None = None
        self.floor = self.pushed = self.clock
        self.shown = ""

    @property
    def clock(self) -> float:
        return self.hub.now.timestamp()

    # --- what happens ------------------------------------------------------------------------------------------------

    @rule(plan=plans)
    def gate(self, plan: str) -> None:
        self.it.plan = deleting(*PLANS[plan])
        at, head = self.clock, self.it.pr.head
        ran = self.it.gate()
        assert ran.code in (0, 10), ran.all
        assert (ran.code == 0) == (ran.state == "approved"), ran.all
        if ran.code == 0:
            Gate.passes += 1
            self.check(plan, ran)
        else:
            self.asked.setdefault((plan, head), at)
            self.shown = plan

    @rule(who=anybody)
    def label(self, who: str) -> None:
        if LABEL not in self.it.pr.labels:
            self.it.pr.label(LABEL, by=who)
            self.labelled = (who, self.clock)

    @rule(who=anybody)
    def label_through_an_app(self, who: str) -> None:
        if LABEL not in self.it.pr.labels:
            self.it.pr.label(LABEL, by=who, app="cursor")
            self.labelled = None

    @rule()
    def rename_another_label(self) -> None:
        if LABEL not in self.it.pr.labels and not any(label.name == LABEL for label in self.it.repo.labels):
            self.it.pr.label("harmless", by="erin")
            self.it.repo.rename_label("harmless", LABEL)
            self.labelled = None

    @rule(who=anybody)
    def unlabel(self, who: str) -> None:
        if LABEL in self.it.pr.labels:
            self.it.pr.unlabel(LABEL, by=who)
            self.labelled = None

    @rule(who=anybody, edited=st.booleans())
    def post(self, who: str, edited: bool) -> None:
        """The line that the comment asks for now."""
        if "/planguard approve" in self.it.asked:
            said = self.it.pr.comment(self.it.line(), by=who)
            if edited:
                self.hub.tick(1)
                said.edit(said.body, by="dana")
                self.lines = [one for one in self.lines if one[0] != who]
            else:
                self.lines.append((who, self.shown, self.it.pr.head, self.clock))

    @rule(who=st.sampled_from(sorted(MAY)), other=st.sampled_from(sorted(MAY)), plan=plans)
    def agree(self, who: str, other: str, plan: str) -> None:
        """The way it is meant; without it, chance would hardly ever open the gate."""
        self.gate(plan)
        self.post(who, edited=False)
        self.post(other, edited=False)
        self.hub.tick(2)
        self.label(who)
        self.hub.tick(2)
        self.gate(plan)

    @rule(who=st.sampled_from(["dana", "erin", "gina"]), agent=st.booleans())
    def push(self, who: str, agent: bool) -> None:
        mail = ("Claude", "noreply@anthropic.com") if agent else None
        self.hub.tick(1)
        self.it.pr.push({"more.tf": str(self.clock)}, by=who, author=mail)
        self.makers.add(who)
        self.machines = self.machines or agent
        self.pushed = self.clock
        self.hub.tick(1)

    @rule(who=st.sampled_from(["dana", "frank", "gina"]))
    def take_back(self, who: str) -> None:
        self.it.pr.comment("/planguard revoke", by=who)
        self.lines = []
        self.hub.tick(1)

    @rule(what=st.sampled_from(["another name", "the same", "deleted"]))
    def touch_planguards_comment(self, what: str) -> None:
        """By a writer. Whatever was asked there has to be asked again."""
        own = next((one for one in self.it.pr.comments if "planguard:gate" in one.body), None)
        if own is None:
            return
        if what == "deleted":
            own.delete()
        else:
            self.hub.tick(1)
            own.edit(own.body.replace("audit", "sandbox") if what == "another name" else own.body, by="dana")
        self.asked = {}

    @rule(who=anybody)
    def reopen(self, who: str) -> None:
        self.it.pr.close(by=who)
        self.hub.tick(1)
        self.it.pr.reopen(by=who)
        self.floor, self.lines = self.clock, []
        self.hub.tick(1)

    # --- what may not be ---------------------------------------------------------------------------------------------

    def check(self, plan: str, ran: Ran) -> None:
        """It passed: by this account of things it may."""
        assert self.labelled is not None, f"nobody set the label: {ran.err}"
        assert self.labelled[0] in MAY - self.makers, f"{self.labelled[0]} set the label: {ran.err}"
        sticky = self.sticky and not self.machines
        good: set[str] = set()
        for (asked, head), at in self.asked.items():
            since = max(at, self.floor, 0 if sticky else self.pushed)
            if not set(PLANS[plan]) <= set(PLANS[asked]) or not (sticky or head == self.it.pr.head):
                continue
            if self.labelled[1] > since:
                good |= {
                    who
                    for who, shown, where, when in self.lines
                    if shown == asked and when > since and (sticky or where == head)
                }
        good &= MAY - self.makers
        needed = max(self.needed, 2 if self.machines else 1)
        assert len(good) >= needed, f"{sorted(good)} are not {needed}: {ran.err}"

    def teardown(self) -> None:
        self.folder.cleanup()


def test_nothing_but_consent_opens_the_gate() -> None:
    from hypothesis.stateful import run_state_machine_as_test

    limits = settings(
        max_examples=int(os.environ.get("PLANGUARD_GATE_EXAMPLES", "15")),
        stateful_step_count=int(os.environ.get("PLANGUARD_GATE_STEPS", "15")),
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    with FakeGitHub.start(check=False) as hub:
        Gate.hub = hub
        machine: Any = Gate
        run_state_machine_as_test(machine, settings=limits)


def test_the_machine_opens_it_the_way_it_is_meant() -> None:
    """The property would hold of a gate that never opens."""
    with FakeGitHub.start(check=False) as hub:
        Gate.hub, Gate.passes = hub, 0
        machine = Gate()
        machine.begin(two=True, sticky=False)
        machine.agree("erin", "frank", "large")
        machine.gate("small")
        machine.teardown()
    assert Gate.passes == 2
