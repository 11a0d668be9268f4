"""Where the human override of a pull request stands, as everybody is told it.

Owns the words of that answer: states, codes, who agreed, what to type. Decides nothing, and knows no host.
"""

from enum import Enum
from typing import NamedTuple


class State(str, Enum):
    """Of a pull request, in the eyes of the gate. Only `CLEAN`, `APPROVED` and `BREAK_GLASS` pass."""

    CLEAN = "clean"
    """Nothing needs consent, and nothing of the guard itself is touched."""
    AWAITING = "awaiting"
    """Some of the people who are needed have not agreed yet."""
    APPROVED = "approved"
    """Enough people, none of them the author or a machine, agreed to exactly this."""
    STALE = "stale"
    """Somebody agreed, to something else or before this was shown."""
    REFUSED = "refused"
    """Somebody agreed who may not, or not in this way."""
    HELD = "held"
    """Enough people agreed; the change window is closed."""
    BREAK_GLASS = "break_glass"
    """Let through in an emergency, by the people whom that takes, with a reason."""
    ERROR = "error"
    """Could not be found out. Never a pass."""

    @property
    def passes(self) -> bool:
        """Whether the pipeline may go on."""
        return self in (State.CLEAN, State.APPROVED, State.BREAK_GLASS)


class Kind(str, Enum):
    """Who acts."""

    HUMAN = "human"
    """A person's account, and nothing says otherwise. That proves little: an agent may hold a person's token."""
    AGENT = "agent"
    """A coding agent."""
    BOT = "bot"
    """Another machine: an app, a CI token, a dependency updater."""
    UNKNOWN = "unknown"
    """A commit of nobody's account, a deleted account, a list that cannot be read to its end."""


class Actor(NamedTuple):
    """One of those who made the change."""

    name: str
    """Login where there is one, else the address of the commit; `?` where nothing is known."""
    kind: Kind
    role: str
    """What they did: `author`, `pusher`, `committer`, `co-author`."""
    evidence: str
    """One sentence: `commit 1a2b3c4 says "Co-authored-by: …"`."""


class Approval(NamedTuple):
    """One person's consent that counts."""

    login: str
    id: int
    """The account's number, which survives a new name."""
    given: str
    """ISO time, UTC, of the later one of label and comment."""
    after: int
    """Seconds after the challenge."""
    events: tuple[str, ...] = ()
    """Addresses or ids of what it rests on: the label's event, the comment, the signature."""
    signed: bool = False
    """By a key that was touched."""


class Refusal(NamedTuple):
    """Somebody's consent that does not count."""

    code: str
    """`PG30`."""
    login: str
    message: str


class Review(NamedTuple):
    """The gate's answer about one pull request."""

    state: State
    code: str = ""
    """`PG10` … `PG80`; empty for a pass."""
    message: str = ""
    """The one sentence that helps."""
    hint: str = ""
    """What to do about it."""
    needed: int = 0
    """How many people have to agree."""
    why_needed: tuple[str, ...] = ()
    """Why it takes more than one, a sentence each."""
    approvals: tuple[Approval, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    """Everybody whose consent did not count, with the reason."""
    actors: tuple[Actor, ...] = ()
    """Who made the change."""
    mode: str = "phrase"
    """`phrase` (a line to post, and the label) or `label` (the label alone)."""
    label: str = ""
    """The label to set."""
    relabel: bool = False
    """It is there already, and setting it only counts after it was taken away."""
    verb: str = "destroy"
    """What the line to post says: `destroy`, or `allow` where nothing ends."""
    challenge: str = ""
    """`K7Q2-9FXD-M3TV`: binds a comment to this change of this pull request. It is no secret."""
    phrase: str = ""
    """The name to type, as the table shows it: that of the worst thing that ends."""
    how_many: int = 0
    """To be typed as well where more than three things end; 0 where not."""
    fingerprint: str = ""
    """Of everything that consent is asked for, over all plans of the run."""
    pull: str = ""
    """Address of the pull request."""
    head: str = ""
    """Commit that was judged."""
    marker: str = ""
    """Hidden line that the comment must carry, so that the next run finds the challenge again."""
    new: tuple[str, ...] = ()
    """What was not there when somebody agreed: addresses."""
    guard: tuple[str, ...] = ()
    """Files of the guard itself that the pull request changes."""
    held_until: str = ""
    """ISO time at which the window opens; empty where it is not held, or never opens."""

    @property
    def command(self) -> str:
        """The line to post, without the name: that is for a person to type."""
        more = " <how many>" if self.how_many else ""
        return f"/planguard approve {self.challenge} {self.verb} <name>{more}"
