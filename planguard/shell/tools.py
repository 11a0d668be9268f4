"""Which calls of which tools destroy, or write over, what runs: Terraform's family, AWS, and the other clouds.

Knows the tools and their arguments, and nothing of shells. An answer is a short name for what would be done
(`terraform destroy`), made of our own words and never of the arguments', which may hold secrets.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from planguard.shell.words import HOLE, names

Args = Sequence[str]

UNKNOWN = ", with arguments that cannot be known beforehand"

_VERSIONED = re.compile(r"(terraform|opentofu|tofu|terragrunt|pulumi)[-_]?v?[0-9][0-9.]*[a-z0-9-]*")
_ALIASES = {
    "tf": "terraform",
    "tg": "terragrunt",
    "opentofu": "tofu",
    "aws-cdk": "cdk",
    "cdktf-cli": "cdktf",
    "aws-cli": "aws",
    "awscli": "aws",
    "aws2": "aws",
    "sls": "serverless",
    "oc": "kubectl",
    "k": "kubectl",
    "kubecolor": "kubectl",
    "google-cloud-cli": "gcloud",
    "google-cloud-sdk": "gcloud",
    "cloud-sdk": "gcloud",
    "azure-cli": "az",
}
_HELP = frozenset(("-h", "-help", "--help", "help"))


def tool(name: str) -> str | None:
    """The tool that a program, a package or an image of this name is; None when it is none that is watched."""
    short = re.split(r"[/\\]", name)[-1].removesuffix(".exe")
    short = re.split(r"[@:]", short, maxsplit=1)[0]
    short = _ALIASES.get(short, short)
    if short in _JUDGES:
        return short
    found = _VERSIONED.fullmatch(short)
    return _ALIASES.get(found.group(1), found.group(1)) if found else None


def may_be(pattern: str) -> str | None:
    """The tool that a name with holes or wildcards in it may stand for."""
    from fnmatch import fnmatchcase

    short = pattern.rsplit("/", 1)[-1].replace(HOLE, "*")
    if not short.strip("*?"):
        return None
    known = ("terraform", "tofu", "terragrunt", "pulumi", "cdk", "cdktf", "aws")
    return next((name for name in known if fnmatchcase(name, short)), None)


def danger(name: str, args: Args) -> str | None:
    """What this call would do that must not be done without a gate; None when it is harmless."""
    return _JUDGES[name](name, args)


def danger_of_unknown(args: Args) -> str | None:
    """The same where the program itself cannot be known: only what no other kind of program understands."""
    if not args:
        return None
    if "-auto-approve" in args or "--auto-approve" in args:
        return "-auto-approve"
    words = list(_plain(args))
    if words and words[0] == "destroy":
        return "destroy"
    if words and words[0] == "apply" and any(_looks_like_plan(word) for word in words[1:]):
        return "apply"
    if len(words) > 1 and words[0] == "state" and words[1] in _STATE_WRITES:
        return f"state {words[1]}"
    if len(words) > 1 and words[0] == "cloudformation":
        return _aws("aws", args)
    return None


def _plain(args: Args, with_value: frozenset[str] = frozenset()) -> Iterator[str]:
    """The arguments that are no options; options of `with_value` take the next one along."""
    skip = False
    for arg in args:
        if skip:
            skip = False
        elif arg in with_value:
            skip = True
        elif not arg.startswith("-"):
            yield arg


def _looks_like_plan(word: str) -> bool:
    return word.endswith((".tfplan", ".plan", ".out", ".bin")) or word.rsplit("/", 1)[-1] in ("tfplan", "plan")


# --- Terraform, OpenTofu, Terragrunt ----------------------------------------------------------------------------------

_STATE_WRITES = frozenset(("rm", "mv", "push", "replace-provider"))
_TERRAFORM = names(
    "apply console destroy env fmt force-unlock get graph import init login logout metadata modules output plan "
    "providers refresh show stacks state taint test untaint validate version workspace query actions"
)


def _terraform(name: str, args: Args) -> str | None:
    words = [(index, arg) for index, arg in enumerate(args) if not arg.startswith("-")]
    known = next(((index, arg) for index, arg in words if arg in _TERRAFORM), None)
    holes = [index for index, arg in enumerate(args) if arg.startswith(HOLE)]
    if known is None or (words[0][0] < known[0] and HOLE not in words[0][1]):
        # Without a subcommand, or with one that does not exist, terraform prints its help.
        if any(HOLE in arg for _, arg in words[:1]) or (holes and not words):
            return f"{name}{UNKNOWN}"
        return f"{name} -auto-approve" if "-auto-approve" in args else None
    index, command = known
    rest = args[index + 1 :]
    if any(arg in _HELP for arg in args[:index]):
        return None
    if any(arg in _HELP for arg in rest) and not any(HOLE in arg for arg in rest):
        return None
    return _terraform_command(name, command, rest)


def _terraform_command(name: str, command: str, rest: Args) -> str | None:
    if command in ("apply", "destroy", "refresh", "force-unlock"):
        return f"{name} {command}"
    words = list(_plain(rest))
    first = words[0] if words else ""
    if command == "state" and (first in _STATE_WRITES or HOLE in first):
        return f"{name} state {first}" if HOLE not in first else f"{name} state{UNKNOWN}"
    if (
        command in ("workspace", "env")
        and first == "delete"
        and any(arg.lstrip("-").startswith("force") for arg in rest)
    ):
        return f"{name} workspace delete -force"
    if command == "init" and any(arg.lstrip("-").startswith("force-copy") for arg in rest):
        return f"{name} init -force-copy"
    return f"{name} -auto-approve" if "-auto-approve" in rest else None


def _terragrunt(name: str, args: Args) -> str | None:
    words = list(_plain(args))
    if any(arg in ("--help", "-h", "-help") for arg in args) and not any(HOLE in arg for arg in args):
        return None
    for number, word in enumerate(words):
        if word in ("apply", "destroy", "apply-all", "destroy-all", "refresh", "force-unlock"):
            return f"{name} {word}"
        if word == "state" and words[number + 1 : number + 2] and words[number + 1] in _STATE_WRITES:
            return f"{name} state {words[number + 1]}"
        if word == "backend" and words[number + 1 : number + 2] in (["delete"], ["migrate"]):
            return f"{name} backend {words[number + 1]}"
        if word in ("plan", "validate", "output", "show", "init", "fmt", "hcl", "render", "find", "list", "graph"):
            return None
        if word.startswith(HOLE):
            return f"{name}{UNKNOWN}"
    return f"{name} -auto-approve" if "-auto-approve" in args else None


# --- AWS --------------------------------------------------------------------------------------------------------------

_AWS_VALUES = names(
    "--profile --region --output --endpoint-url --query --color --ca-bundle --cli-read-timeout --cli-connect-timeout "
    "--cli-binary-format"
)
_AWS_DELETES = re.compile(r"(?:delete|terminate|purge|destroy|deprovision|schedule-key-deletion|disable-key)(?:-.*)?")
_AWS_HARMLESS = names(
    # what is no resource, or comes back by itself
    "delete-change-set delete-message delete-message-batch delete-tags delete-tag delete-tags-for-resource "
    "delete-log-stream delete-alarms delete-dashboards delete-session delete-query-definition "
    "delete-parameter-history terminate-session delete-scheduled-query delete-resource-tags"
)
_CLOUDFORMATION = names("deploy execute-change-set update-stack update-stack-set update-stack-instances rollback-stack")
_AWS_DISARMS = names(
    "--no-deletion-protection --no-deletion-protection-enabled --no-enable-termination-protection "
    "--no-disable-api-termination"
)


def _aws(name: str, args: Args) -> str | None:
    words = list(_plain(args, _AWS_VALUES))
    if "help" in words or "--generate-cli-skeleton" in args or "--dry-run" in args or "--dryrun" in args:
        return None
    if not words:
        return None
    service, operation = words[0], words[1] if len(words) > 1 else ""
    if HOLE in service or HOLE in operation:
        return f"{name}{UNKNOWN}"
    if service == "cloudformation" and operation in _CLOUDFORMATION:
        return None if "--no-execute-changeset" in args else f"aws cloudformation {operation}"
    if service == "s3":
        return _s3(operation, args, words)
    if _AWS_DELETES.fullmatch(operation) and operation not in _AWS_HARMLESS:
        return f"aws {service} {operation}" if _simple(service, operation) else "aws, deleting"
    disarmed = next((arg for arg in args if arg in _AWS_DISARMS), None)
    return f"aws {service} {operation} {disarmed}" if disarmed and _simple(service, operation) else None


def _s3(operation: str, args: Args, words: Sequence[str]) -> str | None:
    if operation == "rb":
        return "aws s3 rb"
    if operation == "rm" and ("--recursive" in args or any(word.endswith(".tfstate") for word in words)):
        return "aws s3 rm"
    return "aws s3 sync --delete" if operation == "sync" and "--delete" in args else None


def _simple(*words: str) -> bool:
    return all(re.fullmatch(r"[a-z0-9-]{1,60}", word) for word in words)


# --- the CDK, Pulumi and the like: (subcommands that destroy, arguments that make them harmless) ----------------------

_SIMPLE: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "cdk": (
        frozenset(("deploy", "destroy", "watch", "rollback")),
        frozenset(("--no-execute", "--method=prepare-change-set")),
    ),
    "cdktf": (frozenset(("deploy", "apply", "destroy")), frozenset()),
    "pulumi": (frozenset(("up", "update", "destroy", "refresh", "cancel")), frozenset(("--preview-only",))),
    "sam": (frozenset(("deploy", "delete", "sync")), frozenset(("--no-execute-changeset",))),
    "serverless": (frozenset(("deploy", "remove")), frozenset()),
    "sst": (frozenset(("deploy", "remove")), frozenset()),
    "terraspace": (frozenset(("up", "down")), frozenset()),
    "eksctl": (frozenset(("delete",)), frozenset(("--dry-run",))),
    "atmos": (frozenset(("apply", "destroy", "deploy")), frozenset()),
}


def _simple_tool(name: str, args: Args) -> str | None:
    dangerous, harmless = _SIMPLE[name]
    if any(arg in harmless or arg in ("--help", "-h") for arg in args):
        return None
    words = list(
        _plain(args, frozenset(("-c", "--context", "--app", "-a", "--profile", "-s", "--stack", "-C", "--cwd")))
    )
    if "prepare-change-set" in words and name == "cdk":
        return None
    if name in ("terraspace", "atmos"):
        # terraspace all down, atmos terraform apply
        return next((f"{name} {word}" for word in words[:2] if word in dangerous), None)
    if not words:
        return f"{name}{UNKNOWN}" if any(HOLE in arg for arg in args) else None
    if HOLE in words[0]:
        return f"{name}{UNKNOWN}"
    if words[0] in dangerous:
        return f"{name} {words[0]}"
    if name == "pulumi" and words[:2] in (["state", "delete"], ["stack", "rm"]):
        return f"pulumi {words[0]} {words[1]}"
    return None


# --- the other clouds, and Kubernetes ---------------------------------------------------------------------------------


def _verbs(name: str, args: Args) -> str | None:
    """gcloud, az, gsutil, bq: a verb stands somewhere among the first words."""
    if any(arg in ("--help", "-h") for arg in args):
        return None
    words = list(_plain(args, frozenset(("--project", "--account", "--subscription", "--query", "-o", "--output"))))[:6]
    verbs = {"gcloud": ("delete",), "az": ("delete", "purge"), "gsutil": ("rm", "rb"), "bq": ("rm",)}[name]
    found = next((word for word in words if word in verbs), None)
    if found is not None:
        return f"{name} {found}"
    if name == "gcloud" and words[:2] == ["storage", "rm"]:
        return "gcloud storage rm"
    if name == "az" and "deployment" in words and any(arg.lower() in ("complete", "--mode=complete") for arg in args):
        return "az deployment --mode Complete"
    return f"{name}{UNKNOWN}" if words and all(HOLE in word for word in words) else None


_KINDS = names(
    # These take data, or everything inside, along; pods and deployments are made again by whoever made them.
    "ns namespace namespaces pv persistentvolume persistentvolumes pvc persistentvolumeclaim persistentvolumeclaims "
    "crd crds customresourcedefinition customresourcedefinitions project projects"
)
_KIND_LINES = re.compile(
    r"^\s*kind:\s*[\"']?(Namespace|PersistentVolume|PersistentVolumeClaim|CustomResourceDefinition)\b", re.MULTILINE
)


def holds_data(manifest: str) -> bool:
    """Whether a Kubernetes manifest names a kind whose deletion takes data along."""
    return _KIND_LINES.search(manifest) is not None


def _kubectl(name: str, args: Args) -> str | None:
    words = list(
        _plain(args, frozenset(("-n", "--namespace", "--context", "--cluster", "--kubeconfig", "-f", "-k", "-l")))
    )
    if "delete" not in words[:1] or any(arg.startswith("--dry-run") and "none" not in arg for arg in args):
        return None
    kinds = {part for word in words[1:] for part in re.split(r"[,/]", word.lower())}
    if kinds & _KINDS:
        return f"kubectl delete {min(kinds & _KINDS)}"
    if "--all" in args or "--all=true" in args or "-A" in args or "--all-namespaces" in args:
        return "kubectl delete --all"
    return None


_JUDGES: dict[str, Callable[[str, Args], str | None]] = {
    "terraform": _terraform,
    "tofu": _terraform,
    "terragrunt": _terragrunt,
    "aws": _aws,
    **dict.fromkeys(_SIMPLE, _simple_tool),
    **dict.fromkeys(("gcloud", "az", "gsutil", "bq"), _verbs),
    "kubectl": _kubectl,
}

# --- texts that cannot be parsed --------------------------------------------------------------------------------------

_TALK = re.compile(
    r"(?:terraform|tofu|terragrunt|cdktf|terraspace|atmos)\b.{0,400}?\b(?:apply|destroy|state\W+(?:rm|mv|push)|refresh|force-unlock)\b"
    r"|-auto-approve"
    r"|\bcdk\b.{0,200}?\b(?:deploy|destroy)\b"
    r"|\bpulumi\b.{0,200}?\b(?:up|destroy)\b"
    r"|\bcloudformation\b.{0,200}?\b(?:delete[- ]stack|execute[- ]change[- ]set|deploy|update[- ]stack)\b"
    r"|\baws\b.{0,200}?\b(?:delete-|terminate-|s3\W+r[bm]\b)"
    r"|\b(?:gcloud|az)\b.{0,200}?\bdelete\b",
    re.DOTALL,
)


def mentions(text: str) -> bool:
    """Whether a text, quotes and backslashes aside, names a tool and something destructive that it can do."""
    return _TALK.search(re.sub(r"[\"'\\]|\$\{?@\}?", "", text)) is not None
