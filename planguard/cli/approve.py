"""`planguard approve`: a person's own consent in a pull request, given at a terminal instead of in the browser."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from planguard.cli import options
from planguard.cli.apply_question import here
from planguard.cli.messages import Progress, show_refusal
from planguard.errors import InputError, UsageError
from planguard.gate import NEEDS_CONSENT

if TYPE_CHECKING:
    from planguard.consent.challenge import Challenge
    from planguard.forge import Comment, Host, Pull

_HIDDEN = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_PICTURE = re.compile(r"<details[^>]*>\s*<summary>[^<]*</summary>\s*```mermaid.*?```\s*</details>", re.DOTALL)


@click.command("approve")
@click.option(
    "--pr", "number", metavar="NUMBER", type=options.Count(), required=True, help="The pull request to agree to."
)
@options.host
@click.option("--repo", "repository", metavar="OWNER/NAME", help="The repository (default: GITHUB_REPOSITORY).")
@click.option("--post", is_flag=True, help="Post the line and set the label as you, instead of printing the line.")
@click.option("--sign", "key", metavar="KEY", help="Sign with this SSH security key; it has to be touched.")
@options.base_config
@options.no_color
def approve(
    number: int,
    host_name: str | None,
    repository: str | None,
    post: bool,
    key: str | None,
    config_path: str | None,
    no_color: bool,
) -> int:
    """Read what a pull request would destroy, type the name of the worst of it, and get the line to post.

    It shows planguard's own comment, asks, and prints the line. With --post it posts that line and sets the label as
    you, with GITHUB_TOKEN or GH_TOKEN (GitLab: PLANGUARD_TOKEN or GITLAB_TOKEN): use a token of your own, for whoever
    holds it can agree in your name. Agents, builds and pipes are turned away.

    \b
    GH_TOKEN=… planguard approve --pr 42 --repo acme/infra
    GH_TOKEN=… planguard approve --pr 42 --repo acme/infra --sign ~/.ssh/id_ed25519_sk --post

    Exit codes: 0 agreed, 10 not agreed, 2 usage, 3 a host that does not answer, or no question to answer.
    """
    from planguard import hosts
    from planguard.consent import terminal as rules

    refusal = rules.refusal(here(f"planguard approve --pr {number}"))
    if refusal is not None:
        show_refusal("not approved", refusal.message, refusal.hint)
        return NEEDS_CONSENT
    variables = {**os.environ, "GITHUB_REPOSITORY": repository} if repository else os.environ
    host = hosts.connect(variables, host_name or ("github" if repository else None))
    question = _asked(host, number, config_path)
    _show(question.comment, no_color=no_color)
    if not _agrees(question.challenge, no_color=no_color):
        show_refusal("not approved", "Nobody agreed, so nothing was posted.", "")
        return NEEDS_CONSENT
    line = _line(host, question, key)
    if not post:
        click.echo()
        click.echo(line)
        click.echo(f"\nPost this as a comment on {question.pull.url}, then set the label {question.label}.", err=True)
        return 0
    written = host.comment(number, line, None)
    host.label(number, question.label, again=question.label in question.pull.labels)
    click.echo(f"Posted: {written.url or question.pull.url}", err=True)
    return 0


class _Question:
    """What planguard asks in a pull request, right now."""

    def __init__(self, pull: Pull, comment: Comment, challenge: Challenge, code: str, label: str) -> None:
        self.pull, self.comment, self.challenge, self.code, self.label = pull, comment, challenge, code, label


def _asked(host: Host, number: int, config_path: str | None) -> _Question:
    """The question for the newest commit. Raises InputError where there is none."""
    from planguard.cli import base, facts, gating, hosting
    from planguard.consent.facts import asked_before, code_of, own_comments

    with Progress("Asking about the pull request"):
        pull = host.pull(number)
        with base.policy(host, pull, config_path) as at_base:
            config = gating.settings(at_base)
        known = facts.gather(host, pull, config, host.files(pull))
    found = [challenge for challenge in asked_before(known) if challenge.head == pull.head_sha]
    if not found:
        unnamed = host.name not in hosting.BOTS or not (config.bot or hosting.BOTS[host.name])
        named = " Whose comments are planguard's, `bot` under `consent` in planguard.yml has to say here."
        raise InputError(
            "planguard asks nothing about the newest commit of this pull request.",
            where=pull.url,
            hint=f"Wait for its check to run; where it passed, nobody has to agree.{named if unnamed else ''}",
        )
    challenge = found[-1]
    code = code_of(challenge.fingerprint, challenge.head, known, config)
    return _Question(pull, own_comments(known)[0], challenge, code, config.label)


def _show(comment: Comment, *, no_color: bool) -> None:
    """planguard's comment, as a terminal shows it; the picture stays in the browser."""
    from rich.console import Console
    from rich.markdown import Markdown

    from planguard.reports import escape

    text = _PICTURE.sub("", _HIDDEN.sub("", comment.body))
    safe = "\n".join(escape.terminal(line) for line in text.splitlines())
    Console(file=sys.stdout, no_color=no_color or None).print(Markdown(safe))


def _agrees(challenge: Challenge, *, no_color: bool) -> bool:
    from planguard.cli import asking
    from planguard.consent.terminal import Question

    more = ", and then how many end" if challenge.how_many else ""
    click.echo(f"To agree, type the name below “Worst of it”, or its whole address{more}.")
    click.echo("Ctrl-C leaves everything as it is.\n")
    return asking.ask(Question(challenge.phrase, challenge.how_many), no_color=no_color, introduced=True)


def _line(host: Host, question: _Question, key: str | None) -> str:
    challenge = question.challenge
    number = f" {challenge.how_many}" if challenge.how_many else ""
    line = f"/planguard approve {question.code} {challenge.verb} {challenge.phrase}{number}"
    if key is None:
        return line
    from planguard.consent import signature
    from planguard.external import ssh_keygen

    path = Path(key).expanduser()
    if not path.exists():
        raise UsageError("There is no such key.", where=key, hint="Name the private half of a security key.")
    subject = signature.Subject(
        host.repository, question.pull.number, challenge.head, challenge.fingerprint, question.code
    )
    click.echo("Touch the key when it blinks.", err=True)
    armour = ssh_keygen.sign(signature.message(subject), key=path, namespace=signature.NAMESPACE)
    problem = signature.touched(armour)
    if problem is not None:
        raise InputError(problem, where=key, hint="Use a security key, and touch it.")
    return f"{line}\n\n```\n{armour.strip()}\n```"
