"""Who may become an identity: the trust policy of a role, judged by who is behind each principal.

A person is somebody who signs in (SAML, SSO, a second factor); everything else acts by itself: services that run code,
pipelines with a token, agents, keys. Owns that distinction and the breadth of tokens' subjects.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from planguard.identities import conditions, wildcards
from planguard.identities.document import UNTOLD, Condition, Document, Principal, Statement

PERSON, MACHINE, EITHER, AWS = "person", "machine", "either", "aws"
"""Who is behind a principal; `AWS`: a service that does what AWS made it for, and runs nobody's code."""

_RUN_CODE = frozenset(
    {
        "apprunner", "batch", "bedrock", "bedrock-agentcore", "build.apprunner", "cloud9", "cloudformation",
        "codebuild", "codedeploy", "codepipeline", "datapipeline", "databrew", "ec2", "ecs", "ecs-tasks",
        "edgelambda", "eks-fargate-pods", "elasticbeanstalk", "elasticmapreduce", "emr-serverless", "glue", "iot",
        "airflow", "airflow-env", "imagebuilder", "kinesisanalytics", "lambda", "lightsail", "pods.eks", "qapps",
        "sagemaker", "scheduler", "events", "spotfleet", "ssm", "states", "swf", "tasks.apprunner", "transfer",
        "amplify", "gamelift", "greengrass", "robomaker", "opsworks", "worklink", "ssm-incidents", "fis", "mgn",
        "drs", "proton", "cloudshell", "devops-agent",
    }
)  # fmt: skip
"""Services that do what their customers' code, templates or instructions say."""

_HOSTS: Mapping[str, str] = {
    "token.actions.githubusercontent.com": "GitHub Actions",
    "gitlab.com": "GitLab CI",
    "app.terraform.io": "HCP Terraform",
    "agent.buildkite.com": "Buildkite",
    "oidc.circleci.com": "CircleCI",
    "api.bitbucket.org": "Bitbucket Pipelines",
    "vstoken.dev.azure.com": "Azure Pipelines",
    "oidc.eks": "Kubernetes service accounts (EKS)",
    "cognito-identity.amazonaws.com": "users of an app (Cognito)",
    "accounts.google.com": "Google identities",
    "spacelift.io": "Spacelift",
    "oidc.vercel.com": "Vercel",
}
"""Issuers of tokens, by what their host begins or ends with → what to call them."""

ALL = ("*",)
ESCAPED = "\\*"
"""A star that stands for itself."""
KEY = "Key"
"""In place of the kind of a principal: a key that does not expire."""


class Trusted(NamedTuple):
    """One principal that may become the identity."""

    behind: str
    """`PERSON`, `MACHINE`, `EITHER` or `AWS`."""
    kind: str
    value: str
    """The principal as written."""
    subjects: tuple[str, ...] = ALL
    """What the token must say who it is for; everybody of the issuer where nothing is said."""
    limits: frozenset[str] = frozenset()
    """Other conditions that must hold."""
    unclear: tuple[str, ...] = ()
    hidden: bool = False
    """The plan marks it as sensitive."""

    @property
    def shown(self) -> str:
        """In words."""
        if self.hidden:
            return "a principal that is marked as sensitive"
        if self.kind == "*":
            return "anybody" if not self.limits else "anybody who meets its conditions"
        if self.kind == "Federated":
            who = issuer(self.value)
            if self.subjects == ALL:
                return f"every identity of {who}"
            return f"{who} for {', '.join(map(_literally, self.subjects))}"
        if self.kind == KEY:
            return "whoever has its new access key"
        if self.kind == "Service":
            return f"the service {self.value}"
        return f"`{self.value}`" if self.value != UNTOLD else "a principal that is known only after apply"

    @property
    def open(self) -> str | None:
        """What is wrong where it is open to strangers; None where it is not."""
        if self.behind == PERSON:
            return None
        if self.kind == "*" and not self.limits:
            return "anybody in any AWS account may assume it"
        if self.kind == "Federated" and public_issuer(self.value):
            if self.subjects == ALL:
                return f"no condition says which subject of {issuer(self.value)} may assume it, so anybody's does"
            if any(_strangers(subject) for subject in self.subjects):
                return f"the subject it asks for is open to repositories of anybody on {issuer(self.value)}"
        return None


def understand(document: Document) -> tuple[Trusted, ...]:
    """Everybody whom a trust policy lets in."""
    return tuple(trusted for statement in document.statements if statement.allow for trusted in _statement(statement))


def _statement(statement: Statement) -> Iterator[Trusted]:
    if not _assumes(statement):
        return
    meaning = conditions.judge(statement.conditions)
    for principal in statement.principals:
        if statement.but_principals:
            principal = Principal("*", "*")
        subjects, others = _subjects(statement.conditions)
        behind = PERSON if not meaning.requests or meaning.never else _behind(principal)
        limits = frozenset(condition.shown() for condition in others)
        yield Trusted(behind, principal.kind, principal.value, subjects, limits, meaning.unclear, statement.hidden)


def _assumes(statement: Statement) -> bool:
    names = ("sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML")
    if statement.but_actions is not None:
        return not all(_named(statement.but_actions, name) for name in names)
    return any(_named(statement.actions, name) for name in names)


def _named(patterns: Iterable[str], name: str) -> bool:
    return any(wildcards.matches(pattern, name, fold=True) for pattern in patterns)


def _behind(principal: Principal) -> str:
    kind, value = principal
    if kind == "Service":
        name = value.lower().removesuffix(".cn").removesuffix(".amazonaws.com")
        base = name.split(".")[0] if name.count(".") and name not in _RUN_CODE else name
        return MACHINE if name in _RUN_CODE or base in _RUN_CODE else AWS
    if kind == "Federated":
        return PERSON if ":saml-provider/" in value else MACHINE
    if kind == "AWS" and ("AWSReservedSSO_" in value or "/aws-reserved/sso" in value):
        return PERSON
    if kind == "AWS" and ":role/" in value:
        return MACHINE
    return MACHINE if kind == "*" else EITHER


def _subjects(written: Iterable[Condition]) -> tuple[tuple[str, ...], list[Condition]]:
    """The subjects that a token must have, and the other conditions."""
    found: list[str] = []
    others = []
    for condition in written:
        known = conditions.operator(condition.operator)
        key = condition.key.lower()
        if key.endswith((":sub", ":repository", ":job_workflow_ref", ":project_path")):
            if known is None or known.negative or known.if_exists or known.each == "all":
                others.append(condition)  # a token without it, or with any other, gets in
                continue
            exact = known.base not in ("stringlike", "arnlike")
            found += [value.replace("*", ESCAPED) if exact else value for value in condition.values]
        elif not key.endswith((":aud", ":amr")) and key not in (conditions.MFA, conditions.AGE):
            others.append(condition)
    return tuple(sorted(set(found))) or ALL, others


def issuer(value: str) -> str:
    """What to call the issuer of a token: `GitHub Actions`, or its host."""
    host = _host(value)
    for known, name in _HOSTS.items():
        if host.startswith(known) or known in host.split("/")[0]:
            return name
    return host or "an issuer that is known only after apply"


def _host(value: str) -> str:
    return "" if value == UNTOLD else value.split(":oidc-provider/")[-1]


def public_issuer(value: str) -> bool:
    """Whether anybody can have a token of this issuer: those of shared services."""
    host = _host(value)
    return any(host.startswith(known) for known in ("token.actions", "gitlab.com", "app.terraform", "accounts.google"))


def _strangers(subject: str) -> bool:
    """Whether a subject leaves open whose repository it is: `*`, `repo:*`, `project_path:*/…`."""
    head, _, rest = subject.partition(":")
    if "*" in head or "?" in head:
        return True
    owner = rest.split("/", maxsplit=1)[0]
    return owner.startswith("*") or owner == "" or ("*" in owner and "/" not in rest)


def _literally(subject: str) -> str:
    """A subject in words; where an exact comparison is meant, a star is a star."""
    return f"`{subject}`" if ESCAPED not in subject else f"`{subject.replace(ESCAPED, '*')}` to the letter"


def _meant(one: Trusted) -> tuple[str, ...]:
    """The subjects that a token can have: no repository, project, branch or tag has a star in its name."""
    if one.kind != "Federated" or not _host(one.value).startswith(("token.actions.", "gitlab.com")):
        return one.subjects
    return tuple(subject for subject in one.subjects if ESCAPED not in subject or ":environment:" in subject)


def widened(after: Iterable[Trusted], before: Iterable[Trusted]) -> tuple[Trusted, ...]:
    """Those who may become the identity now and could not before; people are left out."""
    known = tuple(before)
    return tuple(
        one
        for one in after
        if one.behind not in (PERSON, AWS) and _meant(one) and not any(_includes(other, one) for other in known)
    )


def _includes(wide: Trusted, narrow: Trusted) -> bool:
    same = wide.kind == "*" or (wide.kind == narrow.kind and _same(wide.value, narrow.value))
    subjects = all(any(wildcards.covers(text, subject) for text in wide.subjects) for subject in _meant(narrow))
    return same and subjects and wide.limits <= narrow.limits and wide.behind != PERSON


def _same(one: str, other: str) -> bool:
    """An account is written as its number or as the ARN of its root."""
    return one == other or _account(one) == _account(other) != ""


def _account(value: str) -> str:
    if value.isdigit() and len(value) == 12:
        return value
    fields = value.split(":")
    return fields[4] if len(fields) == 6 and fields[5] == "root" else ""
