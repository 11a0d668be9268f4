"""Reports made by hand, so that renderers are tested without the engine."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from planguard.model import (
    Action,
    Assessment,
    Cause,
    Change,
    Consent,
    Dependents,
    Environment,
    Evidence,
    Finding,
    Location,
    Note,
    Outcome,
    Plan,
    Report,
    Resource,
    RuleFailure,
    Severity,
    Tier,
    Undecided,
    Verdict,
    Waived,
)

PRODUCTION = Environment(
    Tier.PRODUCTION,
    (Evidence(Tier.PRODUCTION, "tag env", "prod", 2), Evidence(Tier.PRODUCTION, "workspace", "prod-eu", 3)),
)
TORN = Environment(
    Tier.PRODUCTION,
    (Evidence(Tier.PRODUCTION, "tag env", "prod", 2), Evidence(Tier.OTHER, "name", "orders-test", 4)),
    contradiction=True,
)
MOVED = """Tell Terraform that it is the same object:

moved {
  from = aws_dynamodb_table.cart["a"]
  to   = aws_dynamodb_table.cart["b"]
}

then plan again."""

DATABASE = Finding(
    rule="database-replacement",
    severity=Severity.CRITICAL,
    address='module.orders["eu-west-1"].aws_db_instance.main',
    type="aws_db_instance",
    action="replace",
    environment=PRODUCTION,
    message="The production database prod-orders-db would be destroyed and made again, empty.",
    lost="Every row in it. Its automated backups are deleted together with it.",
    cause=Cause('db_name changes from "orders" to "orders_v2", which cannot be done in place', ("db_name",)),
    remedy="Keep db_name as it is, and create the new schema inside the running database.",
    evidence=("skip_final_snapshot is true: no snapshot is taken on the way out.",),
    dependents=Dependents(3, 14),
    source=Location("modules/orders/main.tf", 12),
    fingerprint="a" * 64,
)
TABLE = Finding(
    rule="table-deletion",
    severity=Severity.CRITICAL,
    address='aws_dynamodb_table.cart["a"]',
    type="aws_dynamodb_table",
    action="delete",
    environment=TORN,
    message="The production table cart would be deleted with all items.",
    lost="All items; there is no backup that this plan shows.",
    cause=Cause('the for_each key "a" is gone', (), 'aws_dynamodb_table.cart["a"]'),
    remedy=MOVED,
    fingerprint="b" * 64,
)
SUBNET = Finding(
    rule="network-replacement",
    severity=Severity.HIGH,
    address="aws_subnet.private[0]",
    type="aws_subnet",
    action="replace",
    environment=PRODUCTION,
    message="The subnet of 9 running instances would be replaced.",
    cause=Cause(
        "vpc_id is only known after apply, because the VPC is replaced",
        ("vpc_id",),
        "aws_vpc.main",
        ("aws_vpc.main", "aws_subnet.private[0]"),
    ),
    dependents=Dependents(1, 1),
    fingerprint="c" * 64,
)
GUARD = Finding(
    rule="protection-removed",
    severity=Severity.MEDIUM,
    address="aws_db_instance.ledger",
    type="aws_db_instance",
    action="update",
    environment=PRODUCTION,
    message="deletion_protection goes from true to false: the next plan could delete it.",
    fingerprint="d" * 64,
)
TASK = Finding(
    rule="stateless-replacement",
    severity=Severity.LOW,
    address="aws_ecs_task_definition.app",
    type="aws_ecs_task_definition",
    action="replace",
    environment=PRODUCTION,
    message="A new revision replaces the old one; nothing is lost.",
    fingerprint="e" * 64,
)


def _change(finding: Finding, *, create_first: bool = False) -> Change:
    actions = ("create", "delete") if create_first else ("delete", "create")
    action = Action(finding.action)
    return Change(
        Resource(finding.address, finding.type),
        action,
        actions=actions if action is Action.REPLACE else (finding.action,),
        create_first=create_first,
    )


PLAN = Plan(
    source="plans/prod.json",
    format="terraform-plan",
    version="1.11.4",
    workspace="prod-eu",
    complete=True,
    changes=(_change(DATABASE), _change(TABLE), _change(SUBNET, create_first=True), _change(GUARD), _change(TASK)),
    counts={"delete": 1, "no-op": 480, "replace": 3, "update": 1},
)

UNSEEN = Undecided("custom-resource", "aws_lambda_invocation.seed", "What the function does is unseen.")


@pytest.fixture
def losses() -> Report:
    """Two critical losses, a high one with a chain, and something of everything else."""
    return Report(
        Assessment(
            PLAN,
            findings=(DATABASE, TABLE, SUBNET, GUARD, TASK),
            waived=(Waived(TASK._replace(address="aws_instance.batch"), "rebuilt every night", "ops", "2027-01-31"),),
            undecided=(UNSEEN,),
            rules_run=("table-deletion", "database-replacement"),
            environment=PRODUCTION,
            notes=(Note("A waiver for aws_instance.old ended on 2026-11-01."),),
            fingerprint="f" * 64,
        ),
        Verdict(Outcome.NEEDS_APPROVAL, 10, ("2 production losses need a human's consent", "1 thing cannot be told")),
    )


@pytest.fixture
def clean() -> Report:
    """Three harmless changes."""
    plan = PLAN._replace(changes=(), counts={"create": 1, "update": 2}, workspace=None)
    return Report(Assessment(plan, rules_run=("table-deletion",)), Verdict(Outcome.PASS, 0))


@pytest.fixture
def forbidden(losses: Report) -> Report:
    """A rule broke, and another one may not be overridden."""
    broken = losses.assessment._replace(failed=(RuleFailure("my-rule", "aws_s3_bucket.logs", "it divides by zero"),))
    return Report(broken, Verdict(Outcome.BLOCKED, 11, ("table-deletion is forbidden by planguard.yml",)))


@pytest.fixture
def approved(losses: Report) -> Report:
    """The same losses, and a human who agreed to them."""
    return losses._replace(verdict=Verdict(Outcome.APPROVED, 0, (), Consent("f" * 64, ("ada", "grace"))))


@pytest.fixture
def many() -> Callable[[int], Report]:
    """As many findings as asked for, over all severities, with the plan that they come from."""

    def make(count: int) -> Report:
        shapes = (DATABASE, TABLE, SUBNET, GUARD, TASK)
        findings = tuple(
            shapes[i % 5]._replace(address=f'module.shard["{i:05}"].{shapes[i % 5].type}.main', fingerprint=f"{i:064x}")
            for i in range(count)
        )
        plan = PLAN._replace(changes=tuple(_change(finding) for finding in findings), counts={"replace": count})
        verdict = Verdict(Outcome.NEEDS_APPROVAL, 10, (f"{count} findings need a human's consent",))
        return Report(Assessment(plan, findings=findings, environment=PRODUCTION), verdict)

    return make
