"""Every type that two parts of planguard share. Immutable, no I/O, no imports from the rest of the project at run time.

Types are NamedTuples and not dataclasses for one measured reason: fifteen of them cost 3 ms of start-up instead of 12,
and a plan with nothing to say must be judged in tens of milliseconds. Build them by keyword, change them with
`_replace`.
For the same reason annotations are not postponed here: `typing` would compile each of them on its own (2 ms).
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from planguard.review import Review

# --- leaves inside values ---------------------------------------------------------------------------------------------


class _Unknown:
    """The type of `UNKNOWN`; there is one instance."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "(known after apply)"

    def __bool__(self) -> bool:
        return False


UNKNOWN = _Unknown()
"""A value that the plan does not know yet ("known after apply"). Never equal to anything but itself."""


class _Missing:
    """The type of `MISSING`; there is one instance."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "(absent)"

    def __bool__(self) -> bool:
        return False


MISSING = _Missing()
"""What `Values.get` returns where there is no such attribute (an attribute that is null is `None`)."""


class Sensitive:
    """A value that the plan marks as sensitive: it can be compared, and prints only `(sensitive)`."""

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value = value

    def peek(self) -> Any:
        """The value itself, for comparisons alone. Whatever comes out of here must never reach a report."""
        return self._value

    def __eq__(self, other: object) -> bool:
        return bool(self._value == (other._value if isinstance(other, Sensitive) else other))

    def __hash__(self) -> int:
        return hash("Sensitive")

    def __repr__(self) -> str:
        return "(sensitive)"

    __str__ = __repr__


Step = str | int
Path = tuple[Step, ...]
"""Where an attribute stands inside an object: `("private_cluster_config", 0, "master_ipv4_cidr_block")`."""


class Values:
    """The attributes of one object, decoded when they are first asked for.

    `tree` is made of dict, list, str, int, float, bool, None, with `UNKNOWN` and `Sensitive` as leaves. It is shared:
    read it, never write to it. Most objects of a large plan are never looked into, which is why decoding waits.
    """

    __slots__ = ("_load", "_tree")

    def __init__(self, load: Callable[[], Mapping[str, Any]]) -> None:
        self._load: Callable[[], Mapping[str, Any]] | None = load
        self._tree: Mapping[str, Any] = {}

    @classmethod
    def of(cls, tree: Mapping[str, Any]) -> "Values":
        """Values that are decoded already."""
        values = cls(dict)
        values._load, values._tree = None, tree
        return values

    @property
    def tree(self) -> Mapping[str, Any]:
        """All attributes."""
        if self._load is not None:
            self._tree, self._load = self._load(), None
        return self._tree

    def get(self, *path: Step) -> Any:
        """The value at `path`; `MISSING` where the path leads nowhere. A step into `Sensitive` stays `Sensitive`."""
        node: Any = self.tree
        for step in path:
            if isinstance(node, Sensitive):
                return node
            if isinstance(node, Mapping) and isinstance(step, str):
                node = node.get(step, MISSING)
            elif isinstance(node, list) and isinstance(step, int) and -len(node) <= step < len(node):
                node = node[step]
            else:
                return UNKNOWN if node is UNKNOWN else MISSING
        return node

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Values) and self.tree == other.tree

    def __hash__(self) -> int:
        return hash("Values")

    def __repr__(self) -> str:
        return "Values(…)"


# --- what a plan says -------------------------------------------------------------------------------------------------


class Action(str, Enum):
    """What happens to one object. The order of a replacement and the like are fields of `Change`."""

    NOOP = "no-op"
    READ = "read"
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    FORGET = "forget"
    UNKNOWN = "unknown"
    """The input names an action that planguard does not know: it needs consent, whatever it is."""

    @property
    def destroys(self) -> bool:
        """Whether the object that exists now ceases to exist (unless `Change.old_kept`)."""
        return self in (Action.REPLACE, Action.DELETE)


class Location(NamedTuple):
    """A place in a file."""

    file: str
    """Path as it should be shown, with `/`."""
    line: int | None = None
    """Counted from 1."""


class Resource(NamedTuple):
    """One managed object, whether it changes or not."""

    address: str
    """Full instance address: `module.a["x"].aws_db_instance.main[0]`. In CloudFormation the logical id (`Stack/Id`)."""
    type: str
    """`aws_db_instance`, `AWS::RDS::DBInstance`."""
    name: str = ""
    """The name in the configuration: `main`."""
    provider: str = ""
    """Short provider name: `aws`, `google`, `builtin`; empty where the input does not say."""
    module: str = ""
    """Address of the module instance it stands in: `module.a["x"]`; empty for the root."""
    key: str | int | None = None
    """Its own `count` index or `for_each` key."""
    config: str = ""
    """Address of its configuration block, without any instance key: `module.a.aws_db_instance.main`."""


class Change(NamedTuple):
    """What the plan does to one object."""

    resource: Resource
    action: Action
    actions: tuple[str, ...] = ()
    """The actions as the input wrote them, in its order."""
    create_first: bool = False
    """A replacement that creates the new object before it destroys the old one."""
    old_kept: bool = False
    """The old object is only forgotten, not destroyed (`create`+`forget`; CloudFormation's `ReplaceAndRetain`)."""
    snapshot: bool = False
    """The old object is destroyed after a snapshot was taken (CloudFormation's `Snapshot`, `ReplaceAndSnapshot`)."""
    conditional: bool = False
    """The input says that this may happen, not that it will (`Replacement: Conditional`)."""
    reason: str | None = None
    """Terraform's `action_reason`, in its long form (`replace_because_cannot_update`). A hint, never a proof."""
    before: Values | None = None
    """Attributes now; None where there is no such object."""
    after: Values | None = None
    """Attributes afterwards; None where there will be no such object."""
    replace_paths: tuple[Path, ...] = ()
    """The attributes that force the replacement."""
    previous_address: str | None = None
    """Where a `moved` block takes it from."""
    importing: str | None = None
    """The id that an `import` block brings in."""
    deposed: str | None = None
    """Key of a deposed object: left over from a failed create-before-destroy; it shares its address with a live one."""
    physical_id: str | None = None
    """The provider's id of the object now (`before.id`), unless sensitive."""
    source: Location | None = None
    """Where the block stands, when the sources or a diagnostic tell."""
    nested: str | None = None
    """It stands for a stack of its own (`AWS::CloudFormation::Stack`): `Plan.identity` of what happens in there; empty
    where the input does not name it."""
    basis: tuple[str, ...] = ()
    """What the input's word on this change rests on, and how sure that is, a sentence each; safe to print."""


class Edge(NamedTuple):
    """One block of configuration needs another. Both ends are `Resource.config` addresses."""

    dependent: str
    dependency: str
    via: str | None = None
    """The attribute that refers to it (`subnet_id`, `network_interface.subnet_id`); None for `depends_on` and state."""


class Argument(NamedTuple):
    """An attribute takes its value from a variable: a root one, or one that the call of a module sets to a constant."""

    via: str
    """The attribute, as a dotted path."""
    name: str
    """Where the value is decided: `var.env`, `module.environment.var.env`."""
    value: Any
    """What it is now; `UNKNOWN` where the plan does not tell."""
    alone: bool
    """The attribute refers to nothing else."""


class ProviderConfig(NamedTuple):
    """What the configuration tells of one provider."""

    key: str
    """`aws`, `aws.primary`, `module.x:aws`."""
    alias: str | None = None
    settings: Mapping[str, Any] = {}
    """Settings that are constants in the configuration (`region`, `profile`, `project`, `allowed_account_ids`,
    `default_tags`, `features`): nested dicts and lists with `Sensitive` leaves; an expression is `UNKNOWN`."""


class Note(NamedTuple):
    """Something about the whole input that a reader should know; it never decides anything."""

    text: str


class Undecided(NamedTuple):
    """planguard cannot know, and says so. It is shown, and it needs consent."""

    rule: str
    address: str
    """Empty when the whole plan is meant."""
    missing: str
    """One sentence: what is missing, and what would tell."""


class Plan(NamedTuple):
    """One input, understood. Changes and resources keep the order of the input; whoever prints sorts."""

    source: str
    """Where it came from, as it is shown: a file name, or `<stdin>`."""
    format: str
    """`terraform-plan`, `terraform-stream`, `change-set`, `template-diff`."""
    tool: str = "terraform"
    """`terraform`, `opentofu`, `cloudformation`."""
    version: str | None = None
    """Version of the tool that made the plan."""
    workspace: str | None = None
    """Only when somebody says so: plan JSON does not carry it."""
    complete: bool | None = None
    """None where the tool does not say (OpenTofu, Terraform before 1.8, change sets: these do not list all)."""
    errored: bool = False
    applyable: bool | None = None
    changes: tuple[Change, ...] = ()
    """Everything that is no plain no-op: an object that moves, is imported or deposed is here too. No data sources."""
    unchanged: tuple[Resource, ...] = ()
    """Managed objects that the plan leaves alone."""
    witnesses: tuple[Change, ...] = ()
    """The first of what the plan leaves alone, with attributes: they tell where those belong that say nothing."""
    standing: tuple[Change, ...] = ()
    """What the plan leaves alone and says who may do what (roles, policies, bindings), with attributes; and, as READ,
    the policy documents that are read only during the apply."""
    documents: Mapping[str, tuple[str, ...]] = {}
    """Block → the policy documents (data sources) that its attributes take their text from; only where some of these
    are read during the apply."""
    drift: tuple[Change, ...] = ()
    """What happened outside since the last run (`resource_drift`): past facts, not plans."""
    deferred: tuple[Change, ...] = ()
    """Changes that this plan puts off to a later one (`deferred_changes`), with the reason in `reason`."""
    counts: Mapping[str, int] = {}
    """Managed objects by `Action` value, no-op included, no data sources; deposed ones by what happens to them."""
    edges: tuple[Edge, ...] = ()
    """Direct edges from the configuration, resolved through module calls, variables and outputs."""
    state_edges: Mapping[str, tuple[str, ...]] = {}
    """config address → those it depends on, transitively, as the prior state has it (also for blocks that are gone)."""
    has_prior_state: bool = False
    """Whether the input carries a state from before with at least one managed object."""
    variables: Mapping[str, Any] = {}
    """Root variables; `Sensitive` where declared so."""
    arguments: Mapping[str, tuple[Argument, ...]] = {}
    """Block → what its attributes take from variables; only for blocks that this plan updates or replaces."""
    providers: tuple[ProviderConfig, ...] = ()
    secrets: frozenset[str] = frozenset()
    """Every sensitive string of the input (4 characters or more): reports must not contain any of them."""
    undecided: tuple[Undecided, ...] = ()
    """What the parser read but did not understand, with the addresses."""
    notes: tuple[Note, ...] = ()
    weak: bool = False
    """The input lacks values and paths (streams): a pass rests on less than usual, and the verdict says so."""
    digest: str = ""
    """SHA-256 of the bytes, hexadecimal. Empty for a plan that is read piece by piece (from 2 MB on): no verdict rests
    on it, and it would take as long as half of the reading."""
    identity: str = ""
    """What the input calls itself, where it has a name of its own: the ARN of a change set."""


# --- what planguard makes of it ---------------------------------------------------------------------------------------


class Tier(str, Enum):
    """Which kind of environment."""

    PRODUCTION = "production"
    OTHER = "other"
    UNKNOWN = "unknown"


class Evidence(NamedTuple):
    """One reason to believe that something belongs to an environment."""

    tier: Tier
    """What this piece of evidence says."""
    source: str
    """What kind of evidence: `config`, `tag env`, `workspace`, `variable environment`, `provider alias`, `name`, …"""
    text: str
    """The string that was read, e.g. `prod-orders-db`; `(sensitive)` if it is."""
    rank: int
    """1 the user's own mapping … 4 names, 5 neighbours: a lower rank outvotes a higher one."""


class Environment(NamedTuple):
    """What a resource belongs to, and why planguard thinks so."""

    tier: Tier
    evidence: tuple[Evidence, ...] = ()
    """Strongest first."""
    contradiction: bool = False
    """The evidence disagrees across ranks; graded as production and said."""


class Severity(str, Enum):
    """How bad, in words. Consent is needed from `high` up, unless the config says otherwise."""

    CRITICAL = "critical"
    """Data of production is lost and does not come back, or only from a backup that nobody has shown."""
    HIGH = "high"
    """Production is interrupted, or comes back as something else, or could not be judged."""
    MEDIUM = "medium"
    """A step towards it."""
    LOW = "low"
    """Worth knowing."""
    INFO = "info"
    """For the record."""

    @property
    def rank(self) -> int:
        """0 for info … 4 for critical."""
        return _RANK[self]

    def lowered(self) -> "Severity":
        """One level less; `info` stays."""
        return _LOWER[self]


_RANK = {Severity.INFO: 0, Severity.LOW: 1, Severity.MEDIUM: 2, Severity.HIGH: 3, Severity.CRITICAL: 4}
_LOWER = {
    Severity.CRITICAL: Severity.HIGH,
    Severity.HIGH: Severity.MEDIUM,
    Severity.MEDIUM: Severity.LOW,
    Severity.LOW: Severity.INFO,
    Severity.INFO: Severity.INFO,
}


class Dependents(NamedTuple):
    """How many objects need this one."""

    direct: int = 0
    total: int = 0
    """Direct and transitive."""


class Radius(NamedTuple):
    """What becomes of the objects that need this one, directly or through others."""

    destroyed: int = 0
    """They are destroyed or replaced by the same plan."""
    updated: int = 0
    """They change in place."""
    created: int = 0
    """They do not exist yet."""
    cut_off: int = 0
    """The plan leaves them alone, and they lose what they need."""
    categories: Mapping[str, int] = {}
    """What they are (`database`, `network`, …): those that exist now."""
    named: tuple[str, ...] = ()
    """Addresses of the first few that are cut off."""


class Cause(NamedTuple):
    """Why it happens."""

    text: str
    """One sentence, safe to print: `db_name changes from "a" to "b", which cannot be done in place`."""
    attributes: tuple[str, ...] = ()
    """The attributes that force it, as dotted paths."""
    root: str | None = None
    """What it all started with: the address of another change, of a list behind `count` (`aws_s3_bucket.b`), or of a
    variable (`var.env`, `module.environment.var.env`); None when it starts here or the plan cannot tell."""
    chain: tuple[str, ...] = ()
    """Addresses from the root to this one, both included, when there is a chain."""


class Finding(NamedTuple):
    """One hazard at one address."""

    rule: str
    severity: Severity
    address: str
    """Empty when the whole plan is meant."""
    type: str
    action: str
    """`Action` value; empty when the whole plan is meant."""
    environment: Environment
    message: str
    """One sentence: what dies."""
    lost: str | None = None
    """What is lost, in one sentence."""
    cause: Cause | None = None
    remedy: str | None = None
    """The safer way."""
    evidence: tuple[str, ...] = ()
    """Facts that the judgement rests on beside the environment, a sentence each."""
    dependents: Dependents = Dependents()
    radius: Radius | None = None
    """What becomes of them; only worked out where something grave ends."""
    source: Location | None = None
    fingerprint: str = ""
    """Stable across re-plans of the same change; holds no values."""
    deposed: str | None = None


class Waived(NamedTuple):
    """A finding that somebody accepted beforehand. It stays visible."""

    finding: Finding
    reason: str
    by: str
    until: str | None = None
    """ISO date of the last day on which it holds."""


class RuleFailure(NamedTuple):
    """A rule broke while it ran: the run is blocked, because nobody knows what it would have found."""

    rule: str
    address: str
    error: str


# --- what a picture shows ---------------------------------------------------------------------------------------------


class PictureNode(NamedTuple):
    """Objects of one block, in one module instance, to which the same happens: usually one, sometimes many."""

    label: str
    """Address of the object; of several, that of their block in its module instance."""
    name: str
    """The label inside its group: `aws_subnet.private`."""
    type: str
    action: str
    """`Action` value; `no-op` for what the plan leaves alone."""
    group: int | None = None
    """Place of its group in `Picture.groups`; None where it stands in none."""
    objects: int = 1
    """How many there are."""
    addresses: tuple[str, ...] = ()
    """The first few of them."""
    begins: bool = False
    """Something else happens because of what happens here."""
    cut_off: bool = False
    """The plan leaves it alone, and takes away something that it needs."""
    severity: Severity | None = None
    """Of the worst finding about it."""
    why: str = ""
    """Why it happens, for the first of them."""
    findings: tuple[int, ...] = ()
    """Places in `Assessment.findings`."""


class PictureEdge(NamedTuple):
    """An arrow between two nodes, named by their places in `Picture.nodes`. It points to who suffers."""

    source: int
    target: int
    forces: bool
    """The source makes the target change; otherwise the target only needs the source."""
    via: tuple[str, ...] = ()
    """The attributes that refer to it."""


class PictureGroup(NamedTuple):
    """A module, an instance of one, or many objects of one type."""

    label: str
    parent: int | None = None
    """Place of the group around it; always an earlier one."""


class Picture(NamedTuple):
    """What a plan does to what depends on what, reduced to what matters. Worst nodes first.

    Everything refers to everything else by place, because addresses are no keys any more once they are redacted.
    """

    nodes: tuple[PictureNode, ...] = ()
    edges: tuple[PictureEdge, ...] = ()
    groups: tuple[PictureGroup, ...] = ()
    left_out: Mapping[str, int] = {}
    """`Action` value → how many objects are not drawn."""
    edges_left_out: int = 0


class Item(NamedTuple):
    """One thing that consent is asked for."""

    kind: str
    """`end` (it is destroyed, replaced, let go of, or might be), `allow` (a finding about something else),
    `undecided`, `guard` (a file of the guard itself)."""
    address: str
    """Empty when the whole plan is meant; of a file its path."""
    what: str
    """`Action` value or rule."""
    digest: str
    """Stable across re-plans of the same change; holds no values."""


class Assessment(NamedTuple):
    """Everything that planguard found out about one plan. Sorted: severity, address, rule."""

    plan: Plan
    findings: tuple[Finding, ...] = ()
    waived: tuple[Waived, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    failed: tuple[RuleFailure, ...] = ()
    rules_run: tuple[str, ...] = ()
    environment: Environment = Environment(Tier.UNKNOWN)
    """Of the plan as a whole: what most of its resources say."""
    notes: tuple[Note, ...] = ()
    """Remarks from the judgement (an expired waiver, a weak input), beside those of the plan."""
    unused: tuple[Note, ...] = ()
    """Waivers that meet nothing here. They may meet something in another plan: only for who wants to know it all."""
    fingerprint: str = ""
    """What a human consents to: SHA-256 over the items and the policy; no values."""
    items: tuple[Item, ...] = ()
    """What consent would be asked for, one by one, sorted."""
    policy: str = ""
    """SHA-256 over rules and configuration: consent under one policy does not hold under another."""
    picture: Picture | None = None
    """Only when a report was asked for that draws one."""


class Outcome(str, Enum):
    """The verdict in one word."""

    PASS = "pass"
    APPROVED = "approved"
    NEEDS_APPROVAL = "needs_approval"
    BLOCKED = "blocked"


class Consent(NamedTuple):
    """A human's agreement, verified by whoever made this object."""

    fingerprint: str
    by: tuple[str, ...] = ()
    """Who agreed, for the record."""


class Verdict(NamedTuple):
    """What the pipeline should do."""

    outcome: Outcome
    exit_code: int
    reasons: tuple[str, ...] = ()
    """Sentences, worst first."""
    consent: Consent | None = None


class Report(NamedTuple):
    """What a renderer gets: everything, already redacted."""

    assessment: Assessment
    verdict: Verdict
    verbose: bool = False
    quiet: bool = False
    review: "Review | None" = None
    """Where the human override stands; the same in every report of a run. None outside of a pull request."""
    consent_from: Severity = Severity.HIGH
    """The lowest severity that needed consent in this run."""
    commit: str | None = None
    """The head of the pull request that the plan was made for; None where nobody says."""
