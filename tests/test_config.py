"""Configuration: what a file comes to mean, where it is looked for, and the questions that `Config` answers."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from planguard import config
from planguard.config import Config, ProductionConfig, Waiver
from planguard.consent_config import Approver, ConsentConfig, Evidence, Freeze, Quorum, Window
from planguard.errors import ConfigError
from planguard.model import Severity, Tier

FULL = """\
version: 1
production:
  accounts:
    "012345678901": production
    123456789012: other
  projects: {"acme-prod-*": production}
  subscriptions:
    0AAF1234-0000-4000-8000-00000000000A: production
  workspaces: {live: production, "pr-*": other}
  paths: {"environments/live/*": production}
  addresses: {'module.shop["eu"].*': production}
  tag_keys: [criticality]
  words: {blue: production, été: other}
  unknown: production
  existing: [live, "environments/live/*"]
consent:
  from: medium
  forbidden: [everything-destroyed]
severity:
  object-forgotten: high
waivers:
  - rule: database-replacement
    address: aws_db_instance.reports[0]
    reason: >
      Copied to the warehouse
      every night.
    by: dana@example.com
    until: 2027-01-31
  - {rule: "*", address: "module.sandbox.*", reason: Nothing lives there., by: Platform team}
protected: ["module.ledger.*"]
rules: [policies, policies/../policies]
budget:
  destroys: {production: 5, other: 200, unknown: 0}
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a directory for rules and one far below."""
    for name in (".git", "policies", "live/eu"):
        (tmp_path / name).mkdir(parents=True)
    return tmp_path


def write(directory: Path, text: str | bytes, name: str = "planguard.yml") -> Path:
    file = directory / name
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def test_every_key_reaches_its_field(repository: Path) -> None:
    write(repository, FULL)
    loaded = config.load(None, repository)
    assert loaded._replace(path=None, lines={}) == Config(
        production=ProductionConfig(
            accounts={"012345678901": Tier.PRODUCTION, "123456789012": Tier.OTHER},
            projects={"acme-prod-*": Tier.PRODUCTION},
            subscriptions={"0aaf1234-0000-4000-8000-00000000000a": Tier.PRODUCTION},
            workspaces={"live": Tier.PRODUCTION, "pr-*": Tier.OTHER},
            paths={"environments/live/*": Tier.PRODUCTION},
            addresses={'module.shop["eu"].*': Tier.PRODUCTION},
            tag_keys=("criticality",),
            words={"blue": Tier.PRODUCTION, "été": Tier.OTHER},
            unknown="production",
            existing=("live", "environments/live/*"),
        ),
        consent_from=Severity.MEDIUM,
        forbidden=("everything-destroyed",),
        severities={"object-forgotten": Severity.HIGH},
        waivers=(
            Waiver(
                "database-replacement",
                "aws_db_instance.reports[0]",
                "Copied to the warehouse every night.",
                "dana@example.com",
                "2027-01-31",
            ),
            Waiver("*", "module.sandbox.*", "Nothing lives there.", "Platform team"),
        ),
        protected=("module.ledger.*",),
        rule_dirs=(str(repository.resolve() / "policies"),),
        destroy_budget={Tier.PRODUCTION: 5, Tier.OTHER: 200, Tier.UNKNOWN: 0},
    )


@pytest.mark.parametrize(
    "text",
    ["", "\n", "# nothing but a comment\n", "version: 1\n", "---\n", "{}", "\ufeffversion: 1\r\n", "null"],
)
def test_a_file_that_says_nothing_means_the_defaults(repository: Path, text: str) -> None:
    write(repository, text)
    assert config.load(None, repository)._replace(path=None) == Config()


def test_sections_whose_entries_are_all_comments_are_empty(repository: Path) -> None:
    keys = "production:\nconsent:\nseverity:\nwaivers:\nprotected:\nrules:\nbudget:\n"
    write(repository, keys)
    assert config.load(None, repository)._replace(path=None) == Config()
    write(repository, "production:\n  accounts:\n  tag_keys:\n  existing:\nbudget:\n  destroys:\n")
    assert config.load(None, repository)._replace(path=None) == Config()


def test_aliases_and_merges_spare_repetition(repository: Path) -> None:
    write(
        repository,
        "waivers:\n"
        "  - &first {rule: a, address: x, reason: Old., by: Kim, until: 2027-01-31}\n"
        "  - {<<: *first, address: y}\n"
        "protected: &all [x, y]\n"
        "production:\n"
        "  existing: *all\n",
    )
    loaded = config.load(None, repository)
    assert loaded.waivers[1] == Waiver("a", "y", "Old.", "Kim", "2027-01-31")
    assert loaded.production.existing == loaded.protected == ("x", "y")


# --- how people agree ------------------------------------------------------------------------------------------------

AGREE = """\
consent:
  mode: label
  label: ok to destroy
  approvers:
    users: [dana, {login: kim, id: 12345}]
    teams: [acme/platform]
    codeowners: true
    roles: [admin]
  quorum: {default: 2, critical: 3, machine: 4, irreversible: 5, guard: 6}
  dwell: 45s
  sticky: true
  windows:
    - {days: [fri-sat, mon], from: 22:00, to: "06:00", timezone: Europe/Berlin, for: [agent, bot]}
    - {}
  freezes:
    - {from: 2026-12-20, until: "2027-01-03", reason: Holidays., timezone: Asia/Kolkata, for: [human]}
  signature: required
  allowed_signers: ops/signers
  break_glass: emergency
  bot: acme-gate[bot]
  guard: ["deploy/*"]
  agents: ["coder[bot]", {login: robot, id: 7}]
  evidence: {store: branch, path: log.jsonl, branch: audit, days: 90}
"""


def test_every_key_of_consent_reaches_its_field(repository: Path) -> None:
    write(repository, AGREE)
    assert config.load(None, repository).consent == ConsentConfig(
        mode="label",
        label="ok to destroy",
        users=(Approver("dana"), Approver("kim", 12345)),
        teams=("acme/platform",),
        codeowners=True,
        roles=("admin",),
        quorum=Quorum(2, 3, 4, 5, 6),
        dwell=45,
        sticky=True,
        windows=(Window((0, 4, 5), "22:00", "06:00", "Europe/Berlin", ("agent", "bot")), Window()),
        freezes=(Freeze("2026-12-20", "2027-01-03", "Holidays.", "Asia/Kolkata", ("human",)),),
        signature="required",
        allowed_signers="ops/signers",
        break_glass="emergency",
        bot="acme-gate[bot]",
        guard=("deploy/*",),
        agents=(Approver("coder[bot]"), Approver("robot", 7)),
        evidence=Evidence("branch", "log.jsonl", "audit", 90),
    )


def test_who_says_nothing_of_how_gets_none_and_who_says_one_thing_the_other_defaults(repository: Path) -> None:
    write(repository, "consent: {from: low, comments: forbidden, forbidden: [x]}")
    assert config.load(None, repository).consent is None
    write(repository, "consent: {dwell: 5}")
    assert config.load(None, repository).consent == ConsentConfig(dwell=5)
    write(repository, "consent: {approvers: {codeowners: true}, evidence: {store: none}}")
    assert config.load(None, repository).consent == ConsentConfig(codeowners=True, evidence=Evidence("none"))


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ("mon-sun", (0, 1, 2, 3, 4, 5, 6)),
        ("fri-mon", (0, 4, 5, 6)),
        ("wed", (2,)),
        ("wed-wed", (2,)),
        ("[sun, mon-tue, mon]", (0, 1, 6)),
    ],
)
def test_days_are_named_alone_or_as_spans(repository: Path, days: str, expected: tuple[int, ...]) -> None:
    write(repository, f"consent: {{windows: [{{days: {days}}}]}}")
    found = config.load(None, repository).consent
    assert found is not None
    assert found.windows == (Window(expected),)


# --- where the file is looked for ------------------------------------------------------------------------------------


def test_the_nearest_file_up_to_the_repository_counts(repository: Path) -> None:
    outer = write(repository, "consent: {from: low}", ".planguard.yml")
    assert config.find(repository / "live/eu") == outer.resolve()
    inner = write(repository / "live", "consent: {from: medium}", "planguard.yaml")
    assert config.find(repository / "live/eu") == inner.resolve()
    assert config.load(None, repository / "live/eu").consent_from is Severity.MEDIUM
    assert config.load(None, repository).consent_from is Severity.LOW


def test_nothing_above_the_repository_counts(repository: Path) -> None:
    write(repository, "consent: {from: low}")
    inner = repository / "live"
    (inner / ".git").write_text("gitdir: ../.git/worktrees/live\n")  # a worktree has a file there
    assert config.find(inner / "eu") is None
    assert config.load(None, inner / "eu") == Config()


def test_without_a_repository_only_the_directory_itself_counts(tmp_path: Path) -> None:
    below = tmp_path / "below"
    below.mkdir()
    file = write(tmp_path, "consent: {from: low}")
    assert config.find(below) is None
    assert config.find(tmp_path) == file.resolve()


def test_two_files_at_one_level_are_an_error_that_names_both(repository: Path) -> None:
    write(repository, "", "planguard.yml")
    write(repository, "", "planguard.yaml")
    with pytest.raises(ConfigError, match=r"planguard\.yml and planguard\.yaml both stand here"):
        config.load(None, repository / "live")


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need a privilege on Windows")
def test_a_broken_link_is_an_error_and_not_no_file(repository: Path) -> None:
    (repository / "planguard.yml").symlink_to("gone.yml")
    with pytest.raises(ConfigError, match="no such file"):
        config.load(None, repository)


def test_an_explicit_file_wins_and_must_exist(repository: Path) -> None:
    write(repository, "consent: {from: low}")
    other = write(repository / "live", "consent: {from: info}", "other.yml")
    loaded = config.load(str(other), repository)
    assert (loaded.path, loaded.consent_from) == (str(other), Severity.INFO)
    with pytest.raises(ConfigError, match=r"gone\.yml: there is no such file"):
        config.load(str(repository / "gone.yml"), repository)
    with pytest.raises(ConfigError, match="is a directory"):
        config.load(str(repository), repository)
    with pytest.raises(ConfigError, match="is a directory"):
        config.load("", repository)
    with pytest.raises(ConfigError, match="cannot be read"):
        config.load("a\0b", repository)


def test_the_path_is_shown_relative_to_where_people_are(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(repository, "")
    monkeypatch.chdir(repository / "live")
    assert config.load(None, Path()).path == "../planguard.yml"
    monkeypatch.chdir(repository)
    assert config.load(None, Path("live/eu")).path == "planguard.yml"


def test_rule_directories_start_at_the_file(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(repository, "rules: [policies]")
    monkeypatch.chdir(repository / "live/eu")
    assert config.load("../../planguard.yml", Path()).rule_dirs == (str((repository / "policies").resolve()),)
    write(repository, f"rules: ['{(repository / 'policies').resolve()}']")
    assert config.load(None, repository).rule_dirs == (str((repository / "policies").resolve()),)


def test_without_a_file_yaml_is_not_imported(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from planguard import config; config.load(None, Path(sys.argv[1])); "
        "print({'yaml', 'planguard.config_file', 'planguard.consent_config', 'difflib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


# --- what is asked of a configuration --------------------------------------------------------------------------------


def test_a_waiver_holds_on_its_last_day_and_not_after() -> None:
    waiver = Waiver("a", "*", "r", "b", "2026-11-30")
    assert config.waiver_state(waiver, date(2026, 11, 30)) == "active"
    assert config.waiver_state(waiver, date(2026, 12, 1)) == "expired"
    assert config.waiver_state(waiver._replace(until=None), date(9999, 12, 31)) == "active"


def test_known_rules_pass(repository: Path) -> None:
    write(repository, FULL)
    known = ["everything-destroyed", "object-forgotten", "database-replacement"]
    config.check_rules(config.load(None, repository), known)


@pytest.mark.parametrize(
    ("text", "where", "path"),
    [
        ("consent:\n  forbidden:\n    - other\n    - databse-deletion\n", ":4", "$.consent.forbidden[1]"),
        ("severity:\n  other: low\n  databse-deletion: low\n", ":3", "$.severity.databse-deletion"),
        (
            "waivers:\n- reason: r\n  by: b\n  rule: databse-deletion\n  address: x\n",
            ":4",
            "$.waivers[0].rule",
        ),
    ],
)
def test_a_rule_that_does_not_exist_is_an_error_with_its_line(
    repository: Path, text: str, where: str, path: str
) -> None:
    loaded = config.load(str(write(repository, text)), repository)
    with pytest.raises(ConfigError) as caught:
        config.check_rules(loaded, ["other", "database-deletion"])
    assert str(caught.value.where).endswith("planguard.yml" + where)
    assert caught.value.message.startswith(path + " ")
    assert 'did you mean "database-deletion"?' in caught.value.message


def test_the_first_unknown_rule_in_the_file_is_named(repository: Path) -> None:
    text = "waivers:\n- {rule: aaa, address: x, reason: r, by: b}\nseverity: {bbb: low}\nconsent: {forbidden: [ccc]}\n"
    with pytest.raises(ConfigError, match='"aaa"'):
        config.check_rules(config.load(str(write(repository, text)), repository), [])


def test_a_configuration_without_a_file_is_checked_too() -> None:
    with pytest.raises(ConfigError, match="there is none"):
        config.check_rules(Config(forbidden=("gone",)), ["other"])
