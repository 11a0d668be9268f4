"""Who is an agent: by account, app, address, trailer and environment."""

from __future__ import annotations

from typing import Any

import pytest

from planguard import agents
from planguard.agents import Agent, Variable
from planguard.agents.agent import parse
from planguard.errors import ConfigError


def who(agent: Agent | None) -> str | None:
    return agent.id if agent else None


# --- the file ---------------------------------------------------------------------------------------------------------


def test_every_entry_is_found_by_each_of_its_facts():
    for agent in agents.known():
        assert all(agents.by_account(login) is agent for login in agent.logins)
        assert all(agents.by_account("renamed", number) is agent for number in agent.ids)
        assert all(agents.by_app(slug) is agent for slug in agent.apps)
        assert all(agents.by_email(text) is agent for text in agent.emails)
        assert agent.logins or agent.emails or agent.names or agent.variables or agent.trailers


@pytest.mark.parametrize("field", ["id", "logins", "ids", "apps", "emails", "names"])
def test_no_fact_stands_twice(field: str):
    facts: list[Any] = []
    for agent in agents.known():
        value = getattr(agent, field)
        facts += [value] if isinstance(value, str) else value
    assert len(facts) == len(set(facts))


@pytest.mark.parametrize(
    "data",
    [
        {},
        [],
        {"agents": [], "bots": [{"id": "x", "name": "X", "kind": "person"}]},
        {"agents": [{"id": "x", "name": "X", "kind": "agent", "login": ["x"]}], "bots": []},
        {"agents": [{"id": "x", "name": "X", "kind": "agent", "ids": ["many"]}], "bots": []},
        {"agents": [{"id": "x", "name": "X", "kind": "agent", "variables": [{"value": "1"}]}], "bots": []},
        {"agents": ["x"], "bots": []},
    ],
)
def test_a_wrong_file_is_an_error(data: Any):
    with pytest.raises(ConfigError):
        parse(data)


# --- accounts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("login", "id", "expected"),
    [
        ("copilot-swe-agent[bot]", 198982749, "copilot"),
        ("Copilot", 198982749, "copilot"),
        ("COPILOT-SWE-AGENT[BOT]", None, "copilot"),
        ("claude[bot]", None, "claude-code"),
        ("claude[bot]", 7, "claude-code"),  # an enterprise server counts its own accounts
        ("renamed", 209825114, "claude-code"),
        ("claude", 81847, None),  # a person
        ("claude", None, None),
        ("devin-ai-integration", 5, None),  # without [bot], anybody could be called that
        ("cursoragent", 5, None),  # somebody else under an abandoned name
        ("cursoragent", 199161495, "cursor"),
        ("cursoragent", None, "cursor"),
        ("claude[bot]", 198982749, "copilot"),  # the number wins
        ("dependabot[bot]", 49699333, "dependabot"),
        ("octocat", 583231, None),
        ("", None, None),
    ],
)
def test_accounts(login: str, id: int | None, expected: str | None):
    assert who(agents.by_account(login, id)) == expected


def test_plain_bots_are_no_agents():
    kinds = {agent.id: agent.kind for agent in agents.known()}
    assert {name for name, kind in kinds.items() if kind == "bot"} == {
        "dependabot",
        "github-actions",
        "pre-commit-ci",
        "renovate",
    }


@pytest.mark.parametrize(
    ("login", "expected"),
    [
        ("some-new-thing[bot]", True),
        ("Some-New-Thing[Bot]", True),
        ("project_278964_bot_4ee5dc9f", True),
        ("group_12_bot", True),
        ("project_lead_bot", False),
        ("abbot", False),
        ("bot", False),
        ("[bot]x", False),
    ],
)
def test_logins_that_the_platform_gives_to_no_person(login: str, expected: bool):
    assert agents.is_bot_login(login) is expected


def test_apps():
    assert who(agents.by_app("Devin-AI-Integration")) == "devin"
    assert agents.by_app("terraform-cloud") is None


# --- addresses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("noreply@anthropic.com", "claude-code"),
        ("NoReply@Anthropic.com ", "claude-code"),
        ("198982749+Copilot@users.noreply.github.com", "copilot"),
        ("158243242+devin-ai-integration[bot]@users.noreply.github.com", "devin"),
        ("opencode-agent[bot]@users.noreply.github.com", "opencode"),
        ("199161495+a-new-name@users.noreply.github.com", "cursor"),
        ("81847+claude@users.noreply.github.com", None),
        ("claude@users.noreply.github.com", None),
        ("noreply@github.com", None),  # a person who merges in the browser
        ("dev@anthropic.com", None),  # people work there
        ("x-noreply@anthropic.com", None),
        ("noreply@anthropic.com.example.org", None),
        ("", None),
    ],
)
def test_addresses(text: str, expected: str | None):
    assert who(agents.by_email(text)) == expected


# --- trailers ---------------------------------------------------------------------------------------------------------

BODY = "Resize the database\n\nIt was too small.\n\n"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Co-Authored-By: Claude Opus 4.8 (1M context) <noreply@anthropic.com>", "claude-code"),
        ("co-authored-by: copilot-swe-agent[bot] <198982749+Copilot@users.noreply.github.com>", "copilot"),
        ("Co-authored-by: Cursor <cursoragent@cursor.com>", "cursor"),
        ("Co-authored-by: aider (gpt-5) <noreply@aider.chat>", "aider"),
        ("Co-authored-by: openhands <openhands@all-hands.dev>", "openhands"),
        ("Signed-off-by: Codex <noreply@openai.com>", "codex"),
        ("Replit-Commit-Author: Agent", "replit"),
        ("Replit-Commit-Author: Assistant", "replit"),
        ("Amp-Thread-ID: https://ampcode.com/threads/T-1", "amp"),
        ("Assisted-by: Claude:claude-sonnet-4-5 coccinelle", "claude-code"),
        ("Assisted-by: Crush:glm-5", "crush"),
        ("Generated-by: OpenAI Codex", "codex"),
        ("Generated-by: Claude Sonnet", "claude-code"),
        ("Made-with: Cursor", "cursor"),
        ("Co-authored-by: Claude Monet <claude@monet.example>", None),
        ("Co-authored-by: Devin", None),
        ("Assisted-by: Devin Booker <devin@example.org>", None),
        ("Reviewed-by: Claude <noreply@anthropic.com>", None),  # who reviews has not written
        ("Replit-Commit-Author: User", None),
        ("Replit-Commit-Author: Deployment", None),
        ("Amp-Thread-ID:", None),
    ],
)
def test_trailers(line: str, expected: str | None):
    found = agents.by_trailers(BODY + line + "\n")
    assert [(agent.id, said) for agent, said in found] == ([(expected, line)] if expected else [])


def test_talking_about_an_agent_is_no_signature():
    text = (
        "Explain Claude\n\nGenerated-by: Claude is a trailer that we\nno longer write.\n\nReviewed-by: A <a@b.example>"
    )
    assert agents.by_trailers(text) == ()


def test_trailers_of_squashed_commits_stand_in_the_middle():
    text = BODY + "Co-authored-by: Claude <noreply@anthropic.com>\n\n* Second commit\n\nThe end of the text.\n"
    assert [agent.id for agent, _ in agents.by_trailers(text)] == ["claude-code"]


def test_several_trailers_are_all_named_once():
    claude = "Co-authored-by: Claude <noreply@anthropic.com>"
    text = BODY + f"{claude}\nSigned-off-by: A Person <a@b.example>\n{claude}\nCo-authored-by: Amp <amp@ampcode.com>"
    assert [agent.id for agent, _ in agents.by_trailers(text)] == ["claude-code", "amp"]


def test_a_folded_trailer_is_one_line():
    text = BODY + "Co-authored-by: A very long name of a model\n  <noreply@anthropic.com>\n"
    assert [agent.id for agent, _ in agents.by_trailers(text)] == ["claude-code"]


def test_what_is_below_the_scissors_is_no_message():
    below = (
        BODY + "# ------------------------ >8 ------------------------\n\nCo-authored-by: C <noreply@anthropic.com>\n"
    )
    assert agents.by_trailers(below) == ()
    above = BODY + "Co-authored-by: C <noreply@anthropic.com>\n\n# Please enter the commit message\n"
    assert len(agents.by_trailers(above)) == 1


@pytest.mark.parametrize("text", ["", "\n\n\n", ":", "Fix: the thing", "a\r\n\r\nCo-authored-by:\r\n", "x" * 100_000])
def test_odd_messages(text: str):
    assert agents.by_trailers(text) == ()


def test_lines_that_end_as_on_windows():
    text = "Fix\r\n\r\nCo-authored-by: Claude <noreply@anthropic.com>\r\n"
    assert [agent.id for agent, _ in agents.by_trailers(text)] == ["claude-code"]


# --- environments -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({"CLAUDECODE": "1"}, ("claude-code", "CLAUDECODE")),
        ({"CLAUDE_CODE_ENTRYPOINT": "cli"}, ("claude-code", "CLAUDE_CODE_ENTRYPOINT")),
        ({"CURSOR_AGENT": "1"}, ("cursor", "CURSOR_AGENT")),
        ({"CURSOR_EXTENSION_HOST_ROLE": "agent-exec"}, ("cursor", "CURSOR_EXTENSION_HOST_ROLE")),
        ({"CODEX_SANDBOX": "seatbelt"}, ("codex", "CODEX_SANDBOX")),
        ({"CODEX_CI": "1"}, ("codex", "CODEX_CI")),
        ({"GEMINI_CLI": "1"}, ("gemini", "GEMINI_CLI")),
        ({"COPILOT_CLI": "1"}, ("copilot", "COPILOT_CLI")),
        ({"AMP_CURRENT_THREAD_ID": "T-1"}, ("amp", "AMP_CURRENT_THREAD_ID")),
        ({"AWS_EXECUTION_ENV": "AmazonQ-For-CLI Version/1.13"}, ("amazon-q", "AWS_EXECUTION_ENV")),
        ({"TERM_PROGRAM": "kiro", "Q_TERM_DISABLED": "1"}, ("kiro", "Q_TERM_DISABLED")),
        ({"AI_AGENT": "claude-code@2.1.3"}, ("claude-code", "AI_AGENT")),
        ({"AI_AGENT": "github_copilot_vscode_agent"}, ("copilot", "AI_AGENT")),
        ({"AI_AGENT": "something-new"}, ("unnamed-agent", "AI_AGENT")),
        ({"AGENT": "goose"}, ("goose", "AGENT")),
        ({"AGENT": "1"}, ("unnamed-agent", "AGENT")),
        ({"AI_AGENT": "x", "CRUSH": "1"}, ("crush", "CRUSH")),
    ],
)
def test_environments(env: dict[str, str], expected: tuple[str, str]):
    found = agents.in_environment({"PATH": "/bin", **env})
    assert found is not None
    assert (found[0].id, found[1]) == expected


@pytest.mark.parametrize(
    "env",
    [
        {},
        {"CLAUDECODE": ""},
        {"CLAUDECODE": "0"},
        {"CLAUDECODE": "False"},
        {"AGENT": "jenkins-7"},
        {"SSH_AGENT_PID": "1"},
        # the terminals of a person, in editors that have an agent as well
        {"TERM_PROGRAM": "kiro"},
        {"TERM_PROGRAM": "vscode", "Q_TERM_DISABLED": "1"},
        {"CURSOR_TRACE_ID": "0b5e"},
        {"CURSOR_EXTENSION_HOST_ROLE": "window"},
        {"CLAUDE_CODE_SSE_PORT": "5000"},
        {"REPL_ID": "1"},
        # a person's settings
        {"COPILOT_MODEL": "gpt-5", "COPILOT_GITHUB_TOKEN": "t", "AIDER_MODEL": "m", "ANTHROPIC_API_KEY": "k"},
        {"AWS_EXECUTION_ENV": "AWS_Lambda_python3.12"},
    ],
)
def test_environments_of_people(env: dict[str, str]):
    assert agents.in_environment(env) is None


# --- a user's own -----------------------------------------------------------------------------------------------------

OWN = Agent(
    "acme-bot",
    "Acme Bot",
    "agent",
    logins=("acme-bot",),
    ids=(42,),
    apps=("acme",),
    emails=("bot@acme.example",),
    trailers=(("acme-run", "*"),),
    names=("acme",),
    variables=(Variable("ACME_AGENT"),),
)


def test_a_users_own_agents_are_looked_up_first():
    assert agents.by_account("acme-bot", 42, [OWN]) is OWN
    assert agents.by_account("x", 42, [OWN]) is OWN
    assert agents.by_app("acme", [OWN]) is OWN
    assert agents.by_email("bot@acme.example", [OWN]) is OWN
    assert agents.by_email("42+acme-bot@users.noreply.github.com", [OWN]) is OWN
    assert agents.by_trailers(BODY + "Acme-Run: 7", [OWN]) == ((OWN, "Acme-Run: 7"),)
    assert agents.by_trailers(BODY + "Assisted-by: Acme", [OWN]) == ((OWN, "Assisted-by: Acme"),)
    assert agents.in_environment({"ACME_AGENT": "yes", "CLAUDECODE": "1"}, [OWN]) == (OWN, "ACME_AGENT")
    assert agents.in_environment({"AI_AGENT": "acme@3"}, [OWN]) == (OWN, "AI_AGENT")


def test_any_iterable_will_do():
    assert agents.by_trailers(BODY + "Acme-Run: 7\nAcme-Run: 8", iter([OWN])) == ((OWN, "Acme-Run: 7"),)
    assert agents.by_email("42+acme-bot@users.noreply.github.com", iter([OWN])) is OWN
