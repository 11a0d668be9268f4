"""`planguard rules`: list the rules, test the user's own, write a skeleton of a new one."""

from __future__ import annotations

import difflib
from pathlib import Path

import click

from planguard import config as configuration
from planguard.cli import options
from planguard.cli.messages import harmless, harmless_line
from planguard.errors import ConfigError, UsageError
from planguard.policy import describe, examples, rulebook

SKELETON = """\
# A rule is one file: it explains, tests and documents itself. Run its examples with `planguard rules test {directory}`.
id: {name}
title: What happens, in half a sentence
severity: high                  # critical high medium low info, or `table`: as bad as the severity table says
since: "1"
when:                           # all of this must hold; a list means any of these
  action: [delete, replace]
  type: aws_sqs_queue
  tier: production
  # before.tags.owner: payments # attributes as they are now; after.… as they would be
message: The {{noun}} of the payments team would go
why: |
  Say why this is dangerous: what is lost, and how it comes back.
fix: |
  Say what to do instead.
examples:                       # tests, and documentation: at least one that flags and one that passes
  - flags: {{type: aws_sqs_queue, action: delete, environment: production}}
  - passes: {{type: aws_sqs_queue, action: delete, environment: other}}
"""


@click.group("rules", invoke_without_command=True)
@options.config
@click.pass_context
def rules(context: click.Context, config_file: str | None) -> int:
    """List the rules in force; `test` and `new` help with your own.

    Exit codes: 0 listed; 2 usage; 3 a rule, the configuration or a file cannot be used.
    """
    if context.invoked_subcommand is not None:
        return 0
    config = configuration.load(config_file, Path.cwd())
    found = rulebook.rules(config.rule_dirs)
    width = max(len(rule.id) for rule in found)
    for rule in found:
        title = harmless_line(rule.title)
        click.echo(f"{rule.id:<{width}}  {_severity(describe.severity_words(rule))}  {title}")
    click.echo(f"\n{len(found)} rules. `planguard explain RULE` tells more.")
    return 0


def _severity(words: str) -> str:
    return f"{'table' if 'table' in words else words:<8}"


@rules.command("test")
@click.argument("directories", metavar="[DIR…]", nargs=-1)
@options.config
def test(directories: tuple[str, ...], config_file: str | None) -> int:
    """Run the examples of the rules in DIR (without DIR: of all rules in force).

    Exit codes: 0 all are as the rules say; 2 usage; 3 one is not, or a rule cannot be used.
    """
    if directories:
        found = tuple(rule for directory in directories for rule in rulebook.from_directory(Path(directory)))
    else:
        found = rulebook.rules(configuration.load(config_file, Path.cwd()).rule_dirs)
    results = [result for rule in found for result in examples.run(rule)]
    failed = [result for result in results if not result.ok]
    for result in failed:
        click.echo(harmless_line(f"{result.rule}: {result.example.outcome} {describe.inline(result.example.given)}"))
        for line in difflib.ndiff([_expected(result)], [_got(result)]):
            if line[0] in "-+":
                click.echo(harmless(f"  {line.rstrip()}"))
    click.echo(f"{len(results) - len(failed)} of {len(results)} examples are as the rules say.")
    # 3, as for any wrong rule: a rule that fails its own examples must not be relied on.
    return 3 if failed else 0


def _expected(result: examples.Result) -> str:
    severity = result.example.given.get("severity")
    return result.example.outcome + (f" with severity {severity}" if severity else "")


def _got(result: examples.Result) -> str:
    return f"{result.got}: {result.detail}" if result.detail else result.got


@rules.command("new")
@click.argument("name")
@click.option("--directory", default="planguard-rules", show_default=True, metavar="DIR", help="Where to write it.")
def new(name: str, directory: str) -> int:
    """Write the skeleton of a rule called NAME.

    Exit codes: 0 written; 2 usage, or the file is there already; 3 it cannot be written.
    """
    if not name.replace("-", "").isalnum() or name != name.lower():
        raise UsageError(
            f"`{name}` is not a name for a rule", hint="Words in lower case, joined by `-`: queue-of-payments."
        )
    path = Path(directory) / f"{name}.yaml"
    if path.exists():
        raise UsageError(f"{path.as_posix()} is there already", hint="Choose another name, or edit that file.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SKELETON.format(name=name, directory=directory), encoding="utf-8", newline="\n")
    except (OSError, ValueError) as error:  # ValueError: a path that no file system takes
        reason = getattr(error, "strerror", None) or "the path is not valid"
        raise ConfigError(f"cannot be written: {reason}", where=path.as_posix()) from None
    shown = harmless_line(directory)
    click.echo(f"Wrote {shown}/{name}.yaml. Edit it, run `planguard rules test {shown}`, and name the directory in")
    click.echo(f"planguard.yml:\n\n  rules: [{shown}]")
    return 0
