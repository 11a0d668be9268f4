"""`planguard explain`: what a rule, a code, a resource type, the severity table, or one address of a plan is about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import click

from planguard import catalog, production
from planguard import config as configuration
from planguard.cli import options
from planguard.cli.messages import harmless, harmless_line
from planguard.cli.output import columns
from planguard.cli.place import place
from planguard.cli.reading import read
from planguard.config import Config
from planguard.errors import UsageError
from planguard.model import Change, Environment, Plan, Resource, Severity, Tier
from planguard.nearest import nearest
from planguard.policy import describe, rulebook, severity
from planguard.policy.scene import Scene, Subject

_WIDEST = 100
_COMES_BACK = {
    "no": "it does not",
    "backup": "only from a backup, if there is one and it survives",
    "window": "for some time the service can call it back",
    "yes": "from the configuration, after a while",
    "at-once": "at once, from the configuration",
    "unknown": "nobody here knows",
}
_LAYERS = {
    "api": "the cloud sees to it",
    "provider": "only Terraform sees to it",
    "outcome": "it changes what is left",
    "window": "it gives time to undo",
}
_CODE = re.compile(r"pg[0-9]{2}", re.ASCII | re.IGNORECASE)


@click.command("explain")
@click.argument("target")
@click.argument("plan", required=False)
@options.config
@click.option("--workspace", metavar="NAME", help="The Terraform workspace of the plan.")
@click.option("--environment", type=click.Choice(["production", "other"]), help="State what the plan is about.")
@click.option("--terraform-bin", metavar="PATH", help="terraform or tofu, to read saved plans with.")
def explain(
    target: str,
    plan: str | None,
    config_file: str | None,
    workspace: str | None,
    environment: str | None,
    terraform_bin: str | None,
) -> int:
    """Explain TARGET: a rule, a code of the gate, a resource type, `severity`, or an address of PLAN.

    \b
    planguard explain data-replacement
    planguard explain PG33
    planguard explain aws_db_instance
    planguard explain severity
    planguard explain 'module.db.aws_db_instance.main' plan.json

    Exit codes: 0 explained; 2 usage, or nothing of that name; 3 unusable input or config.
    """
    config = configuration.load(config_file, Path.cwd())
    if plan is not None:
        plans = read(plan, terraform_bin=terraform_bin, workspace=workspace)
        stated = Tier(environment) if environment else None
        click.echo(_address(target, plans, config, stated, place(plan)))
    else:
        click.echo(_known(target, config))
    return 0


def _known(target: str, config: Config) -> str:
    """The text about a rule, a type or the table. Raises UsageError for a word that is none of them."""
    if target == "severity":
        return describe.severity_table(_width())
    if _CODE.fullmatch(target):
        return _code_text(target)
    rules = {rule.id: rule for rule in rulebook.rules(config.rule_dirs)}
    if target in rules:
        return harmless(describe.rule_text(rules[target]))
    entry = catalog.lookup(target)
    if entry.guessed is None:
        return harmless(_type_text(entry))
    if "." in target:
        raise UsageError(
            f"`{target}` looks like an address", hint=f"Name the plan as well: planguard explain '{target}' plan.json"
        )
    near = nearest(target, [*rules, "severity"], most=3)
    hint = f"Did you mean {', '.join(near)}?" if near else "`planguard rules` lists the rules."
    if "_" in target or "::" in target:
        return harmless(_type_text(entry))
    raise UsageError(f"there is no rule, type or table called `{target}`", hint=hint)


def _code_text(target: str) -> str:
    """The text about a code of the gate. Raises UsageError for one that there is not."""
    from planguard.consent import codes

    code = codes.find(target)
    if code is None:
        known = ", ".join(code.code for code in codes.CODES)
        raise UsageError(f"there is no code {target.upper()}", hint=f"The gate's codes: {known}.")
    return codes.text(code)


def _type_text(entry: catalog.Entry) -> str:
    lines = [entry.type, ""]
    if entry.guessed:
        lines += [f"  A guess: {entry.guessed}.", ""]
    lines += _part("category", entry.category)
    lines += _part("loses", ", ".join(sorted(entry.loses)))
    lines += _part("comes back", _comes_back(entry))
    lines += _part("graded as", severity.table().row(entry).title)
    if entry.lost:
        lines += _part("what is lost", entry.lost)
    if entry.container:
        lines += _part("container", "takes everything inside with it")
    if entry.protections:
        lines += ["", "  protections"]
    for item in entry.protections:
        lines += _wrapped(f"{item.attribute} ({_LAYERS.get(item.layer, item.layer)}): {item.effect}", "    ", "      ")
    return "\n".join(lines)


def _comes_back(entry: catalog.Entry) -> str:
    return _COMES_BACK.get(entry.recoverable, entry.recoverable)


def _part(title: str, words: str) -> list[str]:
    """A titled text of planguard's own. Not for words of a plan: a secret that a line break cuts is not found."""
    return _wrapped(words, f"  {title:<13}", " " * 15)


def _wrapped(words: str, first: str, others: str) -> list[str]:
    from textwrap import wrap

    return wrap(words, _width(), initial_indent=first, subsequent_indent=others, break_on_hyphens=False) or [first]


def _width() -> int:
    return max(60, min(_WIDEST, columns()))


def _address(target: str, plans: tuple[Plan, ...], config: Config, stated: Tier | None, path: str | None) -> str:
    for plan in plans:
        environments = production.classify(plan, config, stated=stated, path=path)
        scene = Scene(plan, config, environments)
        changes = [change for change in plan.changes if change.resource.address == target]
        if changes:
            return "\n\n".join(_clean(_change_lines(change, scene), plan.secrets) for change in changes)
        unchanged = [resource for resource in plan.unchanged if resource.address == target]
        if unchanged:
            return _clean(_resource_lines(unchanged[0], environments.of_resource(unchanged[0])), plan.secrets)
    known = [change.resource.address for plan in plans for change in plan.changes]
    near = nearest(target, known, most=3)
    secrets = frozenset[str]().union(*(plan.secrets for plan in plans))
    hint = f"Did you mean {', '.join(near)}?" if near else "Addresses stand in the report of `planguard check`."
    raise UsageError(f"`{target}` is not in this plan", hint=_clean([hint], secrets))


def _clean(lines: Sequence[str], secrets: frozenset[str]) -> str:
    """Lines without secrets, and without anything that a terminal or a build log would obey."""
    from planguard.masking import masker

    clean = masker(secrets, lines)
    return "\n".join(harmless_line(clean(line)) for line in lines)


def _change_lines(change: Change, scene: Scene) -> list[str]:
    subject = scene.subject(change)
    lines = [change.resource.address, "", f"  action       {change.action.value} ({', '.join(change.actions)})"]
    lines += _environment_lines(subject.environment)
    lines += _loss_lines(subject)
    grade = subject.grade
    if grade is not None:
        happens = describe.COLUMN_WORDS[grade.column]
        lines += ["", *_part("severity", f"{grade.severity.value}: {describe.severity_row(grade.row)}; {happens}")]
        lines += [f"               less because: {_modifier(name)}" for name in grade.modifiers]
    else:
        lines += ["", f"  severity     {Severity.INFO.value}: this change ends nothing"]
    return lines


def _loss_lines(subject: Subject) -> list[str]:
    entry = subject.entry
    lines = ["", *_part("holds", entry.lost or ", ".join(sorted(entry.loses)))]
    if entry.guessed:
        lines.append(f"               a guess: {entry.guessed}")
    lines += _part("comes back", _comes_back(entry))
    for state in subject.states:
        word = {True: "holds", False: "does not hold", None: "cannot be told"}[state.holds]
        lines.append(f"  protection   {state.protection.attribute} {word}")
    return lines


def _environment_lines(environment: Environment) -> list[str]:
    lines = [f"  environment  {environment.tier.value}"]
    if environment.contradiction:
        lines[0] += " (the evidence contradicts itself)"
    if not environment.evidence:
        lines.append("               no evidence; name it with --environment, a tag, or planguard.yml")
    lines += [f"               {item.source}: {item.text} → {item.tier.value}" for item in environment.evidence]
    return lines


def _resource_lines(resource: Resource, environment: Environment) -> list[str]:
    return [resource.address, "", "  action       none: the plan leaves it alone", *_environment_lines(environment)]


def _modifier(name: str) -> str:
    return next(item.title for item in severity.table().modifiers if item.id == name)
