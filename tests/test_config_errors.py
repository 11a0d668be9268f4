"""Configuration files with something wrong in them: each complaint names the line, the path, and what is allowed."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planguard import config, yaml_nodes
from planguard.config_file import parse as parse_config
from planguard.errors import ConfigError, PlanguardError
from planguard.strict_yaml import parse

WAIVER = "waivers:\n- rule: x\n  address: y\n  reason: r\n  by: b\n"


def complaint(directory: Path, text: str | bytes) -> ConfigError:
    file = directory / "planguard.yml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(ConfigError) as caught:
        config.load(str(file), directory)
    return caught.value


CASES: list[tuple[str | bytes, int | None, str, str]] = [
    # keys
    ("production:\n  acounts: {}\n", 2, '$.production.acounts is not a key.*mean "accounts"', "projects"),
    ("consents: {}\n", 1, '$.consents is not a key.*mean "consent"', "waivers"),
    ("accounts: {}\n", 1, "$.accounts is in the wrong place: accounts belongs under production", "version"),
    ("\n\nforbidden: []\n", 3, "forbidden belongs under consent", "version"),
    ("production:\n  forbidden: []\n", 2, "forbidden belongs under consent", "accounts"),
    ("destroys: {}\n", 1, "destroys belongs under budget", ""),
    ("xyzzy: 1\n", 1, "$.xyzzy is not a key that planguard knows$", "Allowed here: version"),
    ("? [a]\n: 1\n", 1, "a key must be text", ""),
    ("~: 1\n", 1, "a key must be text", ""),
    ("severity:\n  a: high\n  a: low\n", 3, 'the key "a" stands twice: here and on line 2', "Keep one"),
    ('severity:\n  1: high\n  "1": low\n', 3, "stands twice", ""),
    ('"\\e[31m\\n": 1', 1, r'\$\["\\u001b\[31m\\u000a"\] is not', ""),
    # what YAML would guess
    ("production:\n  accounts:\n    012345670001: production\n", 3, "must be text: without", '"012345670001"'),
    ("production:\n  accounts:\n    012345678901: production\n", 3, "must be text: without", '"012345678901"'),
    ("production:\n  accounts:\n    12345678901: production\n", 3, "twelve digits", "leading zero"),
    ("production:\n  accounts:\n    1234-5678-9012: production\n", 3, "twelve digits", "hyphens"),
    ("production:\n  accounts:\n    1_2345_6789_012: other\n", 3, "for a number", "quotes"),
    ("production:\n  workspaces:\n    on: production\n", 3, "takes on for yes or no", 'quotes: "on"'),
    ("production:\n  workspaces:\n    2026-01-01: production\n", 3, "for a date", "quotes"),
    ("production:\n  workspaces:\n    1.10: production\n", 3, "for a number", '"1.10"'),
    ("production:\n  tag_keys: [no]\n", 2, r"$.production.tag_keys\[0\] must be text", '"no"'),
    ("consent:\n  forbidden: [12]\n", 2, "must be text", '"12"'),
    # kinds
    ("- a\n", 1, "the file must be a mapping .* and is a list", ""),
    ("text\n", 1, 'the file must be a mapping .* and is "text"', ""),
    ("production: [a]\n", 1, "$.production must be a mapping .* and is a list", ""),
    ("production:\n  accounts: production\n", 2, 'must be a mapping .* and is "production"', ""),
    ("waivers: {a: b}\n", 1, "$.waivers must be a list .* and is a mapping", ""),
    ("protected: module.a\n", 1, "must be a list", ""),
    ("protected: [[a]]\n", 1, r"$.protected\[0\] must be text, and is a list", ""),
    ("protected:\n- a\n-\n", 3, r"$.protected\[1\] is empty", ""),
    ("protected: ['  ']\n", 1, "is empty", ""),
    ("protected: [' a']\n", 1, "one line without space around it", ""),
    ('protected: ["a\\nb"]\n', 1, r'is "a\\u000ab"', ""),
    (f"protected: [{'a' * 1001}]\n", 1, "1001 characters", ""),
    # values
    ('version: "1"\n', 1, "must be a whole number", "without quotes"),
    ("version:\n", 1, "must be a whole number, and is empty", ""),
    ("version: 2\n", 1, "must be 1", "newer"),
    ("version: true\n", 1, "must be a whole number", ""),
    ("production:\n  unknown: maybe\n", 2, "must be graded, production or other, and is", ""),
    ("production:\n  unknown: no\n", 2, "must be graded, production or other", ""),
    ('production:\n  accounts: {"123456789012": prod}\n', 2, 'did you mean "production"', ""),
    ("production:\n  accounts: {123456789012: }\n", 2, "must be production or other, and is empty", ""),
    ("production:\n  subscriptions:\n    Pay-As-You-Go: production\n", 3, "id of an Azure subscription", "az account"),
    ("production:\n  words:\n    blue-green: production\n", 3, "one word of small letters", ""),
    ("production:\n  words:\n    Blue: production\n", 3, "one word of small letters", ""),
    ("consent: {from: hihg}\n", 1, 'must be critical.* is "hihg"; did you mean "high"', ""),
    ("consent: {from: }\n", 1, "is empty", ""),
    ("severity:\n  a: off\n", 2, "must be critical", "cannot be turned off"),
    ("severity: {a: HIGH}\n", 1, 'did you mean "high"', ""),
    ("budget: {destroys: {production: -1}}\n", 1, "must be between 0 and", ""),
    ("budget: {destroys: {production: 1.5}}\n", 1, "must be a whole number", ""),
    ("budget: {destroys: {production: 010}}\n", 1, "must be a whole number", ""),
    (f"budget: {{destroys: {{production: {'9' * 5000}}}}}\n", 1, "must be between", ""),
    ("budget: {destroys: {prod: 1}}\n", 1, 'did you mean "production"', ""),
    ("rules: [nowhere]\n", 1, r"$.rules\[0\] names a directory that does not exist", "relative"),
    ("rules: [planguard.yml]\n", 1, "names a file, not a directory", ""),
    # waivers
    (WAIVER.replace("  reason: r\n", ""), 2, r"$.waivers\[0\] has no reason", "who answers"),
    (WAIVER.replace("  by: b\n", ""), 2, "has no by", ""),
    (WAIVER.replace("by: b", "by:"), 5, r"$.waivers\[0\].by is empty", ""),
    (WAIVER.replace("reason: r", "reason: ' '"), 4, "is empty", ""),
    (WAIVER + "  until: 2026-02-30\n", 6, "not in the calendar", ""),
    (WAIVER + "  until: 31.12.2026\n", 6, "must be a date", "2027-01-31"),
    (WAIVER + "  until: 2026-12-31T10:00:00Z\n", 6, "must be a date", ""),
    (WAIVER + "  until: 20261231\n", 6, "must be a date", ""),
    (WAIVER + "  until:\n", 6, "must be a date, and is empty", ""),
    (WAIVER + "  untill: 2026-12-31\n", 6, 'mean "until"', ""),
    (WAIVER.replace("rule: x", "rule: '*'").replace("address: y", "address: '**'"), 2, "would waive everything", ""),
    ("waivers: [x]\n", 1, r"$.waivers\[0\] must be a mapping", ""),
    # how people agree
    ("consent: {mod: label}\n", 1, 'consent.mod is not a key.*mean "mode"', "approvers"),
    ("mode: label\n", 1, "mode belongs under consent", ""),
    ("consent:\n  users: [a]\n", 2, "users belongs under consent: approvers", ""),
    ("consent: {subscriptions: {}}\n", 1, "subscriptions belongs under production", ""),
    ("consent: {mode: labels}\n", 1, 'must be phrase or label.*mean "label"', ""),
    ("consent:\n  label: a,b\n", 2, "name of a label, at most 50 characters and no comma", ""),
    ('consent:\n  label: "a\\nb"\n', 2, "must be one line", ""),
    ("consent:\n  label: Ok\n  break_glass: oK\n", 3, "the same label", "its own"),
    ("consent:\n  approvers:\n    users:\n", 3, "users names nobody", "default"),
    ("consent:\n  approvers:\n    users: ['@dana']\n", 3, r"users\[0\] must be a login", "without the @"),
    ("consent:\n  approvers:\n    users: [dana@example.com]\n", 3, "must be a login", "no address"),
    ("consent:\n  approvers:\n    users: ['coder[bot]']\n", 3, "only people can agree", ""),
    ("consent:\n  approvers:\n    users: [{id: 1}]\n", 3, "has no login", "id is what counts"),
    ("consent:\n  approvers:\n    users: [{login: a, ID: 1}]\n", 3, 'ID is not a key.*mean "id"', "login, id"),
    ("consent:\n  approvers:\n    teams: [platform]\n", 3, "with its organisation", "without the @"),
    ("consent:\n  approvers:\n    roles: [write, read]\n", 3, r"roles\[1\] may not be read: on a public", ""),
    ("consent:\n  approvers:\n    codeowners: yes\n", 3, 'must be true or false, and is "yes"', ""),
    ("consent:\n  sticky: 'true'\n", 2, "must be true or false", "without quotes"),
    ("consent:\n  quorum:\n    machine: 1\n", 3, "quorum.machine must be 2 at least", "only be raised"),
    ("consent:\n  quorum: {default: 0}\n", 2, "between 1 and 10", ""),
    ("consent:\n  quorum: {guard: 11}\n", 2, "between 1 and 10", ""),
    ("consent: {dwell: 1m}\n", 1, "number of seconds", "20s"),
    ("consent: {dwell: 010}\n", 1, "number of seconds", "20s"),
    ("consent: {dwell: 10000}\n", 1, "between 0 and 9999", ""),
    ("consent:\n  windows:\n  - days: monday\n", 3, 'a day or a span of days; did you mean "mon"', "mon-fri"),
    ("consent:\n  windows:\n  - days: mon-fry\n", 3, 'did you mean "fri"', "mon-fri"),
    ("consent:\n  windows:\n  - days: []\n", 3, "names no day", ""),
    ("consent:\n  windows:\n  - from: 9:00\n", 3, "must be a time of day", '"09:00"'),
    ("consent:\n  windows:\n  - from: '24:00'\n", 3, "must be a time of day", ""),
    ("consent:\n  windows:\n  - {from: '09:00', to: '09:00'}\n", 3, "in the same minute", "whole day"),
    ("consent:\n  windows:\n  - timezone: Berlin\n", 3, 'not a time zone.*mean "Europe/Berlin"', "IANA"),
    ("consent:\n  windows:\n  - timezone: Europe/Belrin\n", 3, 'mean "Europe/Berlin"', "IANA"),
    ("consent:\n  windows:\n  - timezone: ../../etc/passwd\n", 3, "not a time zone", ""),
    ("consent:\n  windows:\n  - timezone: right/Europe/Berlin\n", 3, 'mean "Europe/Berlin"', ""),
    ("consent:\n  windows:\n  - timezone: Europe\n", 3, "not a time zone", ""),
    ("consent:\n  windows:\n  - for: [robots]\n", 3, "must be human, agent, bot or unknown", ""),
    ("consent:\n  windows:\n  - for: []\n", 3, "names nobody", "everybody"),
    ("consent:\n  windows:\n  -\n", 3, r"windows\[0\] is empty", ""),
    ("consent:\n  windows:\n  - until: '09:00'\n", 3, "until is not a key", "days, from, to"),
    ("consent:\n  freezes:\n  - {from: 2026-12-20, until: 2027-01-03}\n", 3, "has no reason", "why"),
    ("consent:\n  freezes:\n  - {from: 2026-12-20, reason: r}\n", 3, "has no until", ""),
    ("consent:\n  freezes:\n  - {from: 2026-12-20, until: 2026-12-19, reason: r}\n", 3, "before the first day", ""),
    ("consent:\n  freezes:\n  - {from: 2026-12-20, until: 9999-12-31, reason: r}\n", 3, "too far away", "forbid"),
    ("consent:\n  freezes:\n  - {from: 2026-02-30, until: 2026-12-19, reason: r}\n", 3, "not in the calendar", ""),
    ("consent: {allowed_signers: /etc/x}\n", 1, "a path inside the repository", "from its top"),
    ("consent: {evidence: {path: ../x}}\n", 1, "a path inside the repository", ""),
    ("consent: {evidence: {branch: refs/heads/x}}\n", 1, "the name of a branch", "Without refs/heads"),
    ("consent: {evidence: {days: 0}}\n", 1, "between 1 and 3650", ""),
    ("consent: {evidence: {file: x}}\n", 1, "evidence.file is not a key", "store, path"),
    # grammar
    ("production:\n\tunknown: other\n", 2, "a tab stands where only spaces may", "Indent"),
    ("protected:\n- *.aws_db_instance.a\n", 2, "is not valid YAML", r"\* needs quotes"),
    ("protected:\n- *prod\n", 2, r"\*prod refers to &prod, which is nowhere above", r"\* needs quotes"),
    ("protected:\n- @a\n", 2, "is not valid YAML", "this character needs quotes"),
    ("protected: [a[0]]\n", 1, "is not valid YAML", "needs quotes"),
    (WAIVER.replace("reason: r", "reason: see: there"), 4, "is not valid YAML", "colon"),
    ("a:\n  b: 1\n c: 2\n", 3, "is not valid YAML", "indentation"),
    ('"open\n', 2, "is not valid YAML", "quote"),
    ("version: 1\n---\nversion: 1\n", 2, "a second document starts here", ""),
    ("protected: !!python/name:os.system []\n", 1, "tags", ""),
    ("protected: !glob []\n", 1, "tags", ""),
    ("protected: &a [*a]\n", 1, r"\*a stands inside &a itself", ""),
    ("severity: {<<: 3}\n", 1, "<< takes a mapping", ""),
    ("a: " + "[" * 60 + "]" * 60, 1, "nested more than 20 levels", ""),
    # bytes
    (b"protected: [\xff]\n", 1, "is not UTF-8", "Save"),
    (b"a: 1\nb: \x01\n", 2, r"control character \(U\+0001\)", ""),
    ("version: 1\n".encode("utf-16"), None, "is UTF-16", "PowerShell"),
    (b"#" * (yaml_nodes.MAX_BYTES + 1), None, "larger than 1 MiB", ""),
]


@pytest.mark.parametrize(("text", "line", "message", "hint"), CASES)
def test_the_complaint_says_where_what_and_what_instead(
    tmp_path: Path, text: str | bytes, line: int | None, message: str, hint: str
) -> None:
    error = complaint(tmp_path, text)
    where = str(tmp_path / "planguard.yml")
    assert error.where == (where if line is None else f"{where}:{line}")
    pattern = message.replace("$.", r"\$.") if not message.startswith(r"\$") else message
    assert_found(pattern, error.message)
    if hint:
        assert error.hint is not None
        assert_found(hint, error.hint)
    assert "\n" not in error.message
    assert error.message.isprintable()


def assert_found(pattern: str, text: str) -> None:
    assert re.search(pattern, text), f"{pattern!r} is not in {text!r}"


BOMBS = {
    "laughs": "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
    + "".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 15)),
    "merges": "a: &a {" + ",".join(f"k{i}: 1" for i in range(9000)) + "}\nb: {<<: [" + ",".join(["*a"] * 9000) + "]}\n",
    "depth": "[" * 500_000,
    "indented depth": "".join(" " * i + "a:\n" for i in range(1400)),
    "many keys": "".join(f"k{i}: 1\n" for i in range(80_000)),
    "one long line": "a: " + "x" * 1_000_000,
    "long key": "x" * 1_000_000 + ": 1",
    "many anchors": "".join(f"k{i}: &a{i} 1\n" for i in range(50_000)),
    "directives": "%YAML 9.9\n---\na: 1\n",
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_quickly(name: str) -> None:
    start = time.process_time()
    with pytest.raises(ConfigError) as caught:
        config_of(BOMBS[name])
    assert time.process_time() - start < 5
    assert len(caught.value.message) < 500


def config_of(text: str) -> config.Config:
    return parse_config(parse(text.encode(), "planguard.yml"), Path())


def test_the_parser_in_python_gives_the_same_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where PyYAML was built without libyaml."""
    import yaml

    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    for text, line, _, hint in CASES:
        if len(text) < 10_000:
            error = complaint(tmp_path, text)
            assert str(error.where).endswith(".yml" if line is None else f":{line}"), text
            assert bool(error.hint) >= bool(hint), text


WORDS = "production accounts waivers consent from high : - [ ] { } , * *a << ' | > # 0123 on 2026-01-01 é % @ ~ 1e9"
SPACED = (": ", "- ", "\n", "\n  ", "\n    ", "&a ", "!x ", '"', "\t", "---\n", "\u2028", "\x85", "\U0001f600", "? ")
PIECES = st.sampled_from([*WORDS.split(), *SPACED])


@given(st.lists(PIECES, max_size=30).map("".join))
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_is_either_read_or_refused(text: str) -> None:
    try:
        loaded = config_of(text)
    except PlanguardError as error:
        assert error.message and error.where and error.message.isprintable()
    else:
        assert isinstance(loaded, config.Config)


@given(st.binary(max_size=60))
def test_any_bytes_are_either_read_or_refused(data: bytes) -> None:
    try:
        parse(data, "planguard.yml")
    except PlanguardError as error:
        assert error.message.isprintable()


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need a privilege on Windows")
def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "planguard.yml"
    file.write_text("version: 1\n")
    link = tmp_path / "loop.yml"
    link.symlink_to(link)
    with pytest.raises(ConfigError, match="cannot be read"):
        config.load(str(link), tmp_path)
