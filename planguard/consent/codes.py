"""Every code of the gate: what it means, what to do about it, and who can.

Owns the words about codes; the sentence of one case is where that case is decided. Pure.
"""

from __future__ import annotations

from typing import NamedTuple


class Code(NamedTuple):
    """One code."""

    code: str
    title: str
    means: str
    """What happened, and why it does not pass."""
    do: str
    who: str
    """Who can do it."""


_APPROVER = "An approver: a person who may agree here and had no part in the change."
_AUTHOR = "Whoever works on the pull request."
_OWNER = "Whoever looks after planguard.yml and the workflow."
_ANYBODY = "Anybody who may run the job again."

CODES = (
    Code(
        "PG10",
        "The rules of the base branch cannot be read",
        "planguard.yml, the rules that it names, or CODEOWNERS could not be read in the commit that the pull request "
        "goes into, or what stands there is wrong. Without them nobody knows who may agree, so nothing passes. Files "
        "that the pull request brings along never stand in for them.",
        "If the message names a line, put it right on the base branch, in a pull request of its own. If GitHub or "
        "GitLab refused to show the file, give the job the right to read the repository's contents.",
        _OWNER,
    ),
    Code(
        "PG11",
        "The pull request is closed, or a draft",
        "People can only agree to a pull request that is open and ready for review. Whatever was agreed to before it "
        "was closed does not count after it is opened again.",
        "Mark it as ready, or reopen it; then agree to what planguard asks.",
        _AUTHOR,
    ),
    Code(
        "PG12",
        "The plan is of another commit",
        "The plan was made for a commit that is not, or is no longer, the newest one of the pull request; or nobody "
        "told planguard which commit it was made for. Consent to it would be consent to something else.",
        "Run plan and gate again for the newest commit. Outside of GitHub Actions and GitLab CI, name the commit with "
        "`--commit`.",
        _ANYBODY,
    ),
    Code(
        "PG13",
        "The host did not answer, or not in full",
        "A request to GitHub or GitLab failed, was cut off, or came back in a shape that cannot be relied on. What is "
        "not known for certain does not pass. Nothing that people did is lost.",
        "Run the job again. If the answer was 403 or 404, the token lacks a permission. If it was a rate limit, wait. "
        "PLANGUARD_HTTP_TIMEOUT (20 seconds for one answer) and PLANGUARD_HTTP_PATIENCE (30 seconds of waiting in "
        "all) help with a slow server.",
        _ANYBODY,
    ),
    Code(
        "PG14",
        "The pull request goes into another branch",
        "`planguard verify` was told a pull request that goes into another branch than the one that this run is of, or "
        "several that go into different ones. Who may agree is read from that branch, so consent there says nothing "
        "about here.",
        "Name the pull request that brought the change into this branch.",
        _OWNER,
    ),
    Code(
        "PG15",
        "No consent overrides this",
        "planguard.yml on the base branch forbids what a rule found; or a rule broke while it ran, and nobody knows "
        "what it would have found. The run ends in exit code 11, whoever agreed.",
        "Change the plan. If it has to be, take the rule out of `forbidden` in a pull request of its own. If a rule of "
        "your own broke, mend it there.",
        _OWNER,
    ),
    Code(
        "PG20",
        "Nobody has agreed yet",
        "The plan needs consent, and the label that asks the gate to look for it is not set.",
        "Read planguard's comment. If all of it is meant, post the line that it shows, with the name typed by hand, "
        "and set the label.",
        _APPROVER,
    ),
    Code(
        "PG21",
        "The label is shown, but nobody set it",
        "The pull request carries a label of the right name, and no event says that somebody set it under that name. "
        "That is how it looks when another label was renamed.",
        "Remove the label and set it again.",
        _APPROVER,
    ),
    Code(
        "PG22",
        "The label is set, and the line is missing",
        "The label alone is not consent: it says neither to what, nor that anybody read it.",
        "Post the line from planguard's comment, with the name typed by hand.",
        _APPROVER,
    ),
    Code(
        "PG30",
        "Not given by a person",
        "The label or the line came from a bot, an agent, an account that planguard.yml calls a machine, or one that "
        "is gone. Machines cannot agree, whatever rights they have.",
        "Remove the label. Then a person posts the line and sets the label.",
        _APPROVER,
    ),
    Code(
        "PG31",
        "Given through an app, or by somebody who is not listed",
        "The account is a person's, but an app acted in its name; or planguard.yml names who may agree (users, teams, "
        "owners of the changed files), and this account is not among them. Teams that the token cannot read count as "
        "empty.",
        "Agree on the page itself, as somebody who is listed. To have teams read, give the gate an app's token with "
        "the right to read members.",
        _APPROVER,
    ),
    Code(
        "PG32",
        "The role does not suffice",
        "The account's role in this repository is below what it takes to agree: write, unless planguard.yml says "
        "otherwise.",
        "Ask somebody with that role. The role itself is changed in the repository's settings.",
        _APPROVER,
    ),
    Code(
        "PG33",
        "It was agreed to by somebody who made it",
        "Whoever wrote, committed, pushed or asked for a change cannot agree to it; nor can anybody, where GitHub or "
        "GitLab do not tell who made it.",
        "Ask somebody who had no part in it. If the list of commits cannot be read to its end, squash them or open a "
        "smaller pull request.",
        _APPROVER,
    ),
    Code(
        "PG40",
        "The consent is older than this plan",
        "Somebody agreed, and afterwards something was added to the plan, a commit was pushed, or the pull request was "
        "reopened. What is new is named. A plan that only got smaller keeps its consent.",
        "Look at planguard's comment again; if it is still meant, post the new line and set the label again.",
        _APPROVER,
    ),
    Code(
        "PG41",
        "planguard's own comment was changed",
        "Everybody who may write to a repository may change the comments of others, and somebody changed planguard's. "
        "What people read there may not have been what the plan does, so no answer to it counts.",
        "planguard has written its comment anew. Read it, post the line that it shows now, and set the label again. "
        "Who changed it stands in the comment's history.",
        _APPROVER,
    ),
    Code(
        "PG50",
        "The code is for another plan",
        "The code in the line binds it to one plan, one commit and one pull request, and this one is for another.",
        "Post the line that planguard's comment shows now.",
        _APPROVER,
    ),
    Code(
        "PG51",
        "The comment was edited",
        "People with write access can edit each other's comments, and nobody can tell who did. An edited comment is no "
        "consent.",
        "Post the line again, as a new comment.",
        _APPROVER,
    ),
    Code(
        "PG52",
        "Another name was typed",
        "The line ends with the name of the worst thing in the plan, and with how many things end where there are more "
        "than three. One of the two is not what planguard's comment shows.",
        "Post the line again, with the name that stands first in the table.",
        _APPROVER,
    ),
    Code(
        "PG53",
        "Agreed too quickly",
        "The answer came within seconds of the question. Nobody reads that fast.",
        "Read the comment, then post the line again. In the mode with the label alone: set the label again.",
        _APPROVER,
    ),
    Code(
        "PG60",
        "The signature is missing, or not good",
        "planguard.yml asks for a signature by a security key, made for exactly this plan, and with a touch of it. "
        "It is missing, made for something else, by a key that is not listed, or without a touch.",
        "Run `planguard approve --pr NUMBER --sign KEY --post`, and touch the key when it blinks. The list of keys is "
        "read from the base branch.",
        _APPROVER,
    ),
    Code(
        "PG70",
        "More people have to agree",
        "Some agreed, and it takes more of them. The message says why: a machine took part, data would be lost for "
        "good, many things end at once, a protection goes or went a short while ago, or the change touches the guard "
        "itself.",
        "Somebody else posts the same line. The label stays as it is.",
        _APPROVER,
    ),
    Code(
        "PG71",
        "The emergency exit needs two people",
        "The label of the emergency exit is set. It opens for two people who each give a reason of at least ten "
        "letters, and one of them must have had no part in the change.",
        "Both post the line of the message, each with a reason. It is kept in the evidence.",
        "Two people who may agree here.",
    ),
    Code(
        "PG80",
        "The change window is closed",
        "Enough people agreed. planguard.yml says when changes like this may go through, and that is not now.",
        "Run the job again when the window opens. The consent stays good as long as the plan does not change.",
        _ANYBODY,
    ),
    Code(
        "PG90",
        "It was not rehearsed",
        "planguard.yml asks that changes like this are applied in another environment first, and there is no receipt "
        "that covers this one.",
        "Apply the same change there with `planguard rehearse`, and commit the receipt.",
        _AUTHOR,
    ),
)
"""In the order of the checks."""


def find(word: str) -> Code | None:
    """The code that is meant, in capitals or not."""
    return next((code for code in CODES if code.code == word.upper()), None)


def text(code: Code) -> str:
    """For a terminal."""
    from textwrap import fill

    def part(title: str, words: str) -> str:
        return fill(words, 96, initial_indent=f"  {title:<12}", subsequent_indent=" " * 14)

    body = [part("means", code.means), part("what to do", code.do), part("who can", code.who)]
    return "\n\n".join([f"{code.code}: {code.title}", *body])


def page(code: Code) -> str:
    """For the documentation."""
    from textwrap import fill

    parts = [
        "<!-- Generated from planguard/consent/codes.py by `make docs`. -->",
        f"# {code.code}: {code.title}",
        fill(code.means, 120, break_on_hyphens=False),
        f"## What to do\n\n{fill(code.do, 120, break_on_hyphens=False)}",
        f"## Who can\n\n{fill(code.who, 120, break_on_hyphens=False)}",
        "[All codes](README.md)",
    ]
    return "\n\n".join(parts) + "\n"


def index() -> str:
    """The list of all pages."""
    lines = [
        "<!-- Generated from planguard/consent/codes.py by `make docs`. -->",
        "",
        "# Codes of the gate",
        "",
        "`planguard gate` and `planguard verify` pass, or they give one code: that of the first check that fails.",
        "`planguard explain PG33` prints the same as these pages.",
        "",
        "| code | |",
        "|---|---|",
        *(f"| [{code.code}]({code.code}.md) | {code.title} |" for code in CODES),
    ]
    return "\n".join(lines) + "\n"
