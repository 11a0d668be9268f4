"""The loader, docs/planguard.schema.json and docs/config.md say the same."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planguard import config, config_file
from planguard.config import Config
from planguard.consent_config import ConsentConfig, Window
from planguard.errors import ConfigError
from planguard.strict_yaml import parse

ROOT = Path(__file__).parent.parent
SCHEMA: dict[str, Any] = json.loads((ROOT / "docs/planguard.schema.json").read_text(encoding="utf-8"))
PAGE = (ROOT / "docs/config.md").read_text(encoding="utf-8")
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker(["date"]))

FULL: dict[str, Any] = {
    "version": 1,
    "production": {
        "accounts": {"012345678901": "production"},
        "projects": {"acme-*": "production"},
        "subscriptions": {"0AAF1234-0000-4000-8000-00000000000A": "other"},
        "workspaces": {"on": "production", "1": "other"},
        "paths": {"*/live dir/*": "production"},
        "addresses": {'module.a["x"].*': "other"},
        "tag_keys": ["Our Stage"],
        "words": {"blue": "production", "été9": "other"},
        "unknown": "other",
        "existing": ["live"],
    },
    "consent": {
        "from": "medium",
        "forbidden": ["a-rule"],
        "comments": "forbidden",
        "mode": "label",
        "label": "ok to destroy",
        "approvers": {
            "users": ["dana", {"login": "kim_acme", "id": 12345}],
            "teams": ["acme/platform", "acme/a/b"],
            "codeowners": True,
            "roles": ["maintain", "Release Manager"],
        },
        "quorum": {"default": 2, "critical": 10, "machine": 3, "irreversible": 4, "guard": 5},
        "dwell": "30s",
        "sticky": True,
        "windows": [
            {"days": "fri-mon", "from": "22:00", "to": "06:00", "timezone": "Europe/Berlin", "for": ["agent", "bot"]},
            {"days": ["tue", "thu-fri"], "to": "24:00"},
        ],
        "freezes": [
            {
                "from": "2026-12-20",
                "until": "2027-01-03",
                "reason": "Nobody is there.",
                "timezone": "America/New_York",
                "for": ["unknown", "human"],
            },
        ],
        "signature": "required",
        "allowed_signers": "ops/signers",
        "break_glass": "emergency",
        "bot": "acme-gate[bot]",
        "guard": ["deploy/*.sh"],
        "agents": ["acme-coder[bot]", {"login": "robot", "id": 9}],
        "evidence": {"store": "branch", "path": "a/b.jsonl", "branch": "audit/planguard", "days": 60},
        "terminal": "forbidden",
        "rehearsal": {"for": ["human"], "within": "30d", "environments": ["staging", "été"], "path": "a/r.jsonl"},
    },
    "severity": {"a-rule": "info"},
    "waivers": [
        {"rule": "*", "address": "a.*", "reason": "Why.\nAnd more.", "by": "Kim", "until": "2027-02-28"},
        {"rule": "a-rule", "address": "*", "reason": "r", "by": "b"},
    ],
    "protected": ["*"],
    "rules": ["policies"],
    "budget": {"destroys": {"production": 0, "other": 10**9, "unknown": 3}},
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory in which the rule directories of the examples exist."""
    directory = tmp_path_factory.mktemp("home")
    (directory / "policies").mkdir()
    return directory


def loads(document: object, home: Path) -> bool:
    text = json.dumps(document, ensure_ascii=False)  # JSON is YAML with all the quotes
    try:
        config_file.parse(parse(text.encode(), "planguard.yml"), home)
    except ConfigError:
        return False
    return True


def conforms(document: object) -> bool:
    return bool(VALIDATOR.is_valid(document))


def changed(path: str, value: object) -> dict[str, Any]:
    """FULL with one value changed (or added) at a dotted path."""
    document = copy.deepcopy(FULL)
    node: Any = document
    *steps, last = path.split("/")
    for step in steps:
        node = node[int(step) if isinstance(node, list) else step]
    node[int(last) if isinstance(node, list) else last] = value
    return document


GOOD = [
    FULL,
    {},
    None,
    *(changed(key, None) for key in FULL if key != "version"),
    *(changed(f"production/{key}", None) for key in FULL["production"] if key != "unknown"),
    changed("budget/destroys", None),
    changed("consent/forbidden", []),
    changed("consent/comments", "allowed"),
    *(changed(f"consent/{key}", None) for key in ("approvers", "quorum", "windows", "freezes", "guard", "agents")),
    changed("consent/dwell", 0),
    changed("consent/dwell", 9999),
    changed("consent/dwell", "0s"),
    changed("consent/windows", [{}]),
    changed("consent/windows/0/days", ["mon"]),
    changed("consent/freezes/0/until", "2026-12-20"),
    changed("consent/evidence/branch", "x"),
    changed("consent/evidence/path", "x"),
    changed("consent/rehearsal", {}),
    changed("consent/rehearsal/within", 999),
    changed("consent/label", "x" * 50),
    changed("consent/label", "grün: ja"),
    changed("production/words/x", "production"),
    changed("production/workspaces/pr-?*", "other"),
    changed("protected/0", "x" * 1000),
    changed("severity/other", "critical"),
    changed("waivers/1/until", "2028-02-29"),
]

BAD = [
    [],
    "text",
    3,
    *(changed(key, "text") for key in FULL),
    *(changed(key, 3) for key in FULL),
    *(changed(f"production/{key}", 3) for key in FULL["production"]),
    *(
        changed(f"production/{key}/x y", "elsewhere")
        for key in FULL["production"]
        if isinstance(FULL["production"][key], dict)
    ),
    changed("extra", 1),
    changed("production/acounts", {}),
    changed("production/accounts/1234-5678-9012", "production"),
    changed("production/accounts/12345678901", "production"),
    changed("production/accounts/1234567890123", "production"),
    changed("production/accounts/012345678901", "prod"),
    changed("production/accounts/012345678901", None),
    changed("production/accounts/012345678901", True),
    changed("production/subscriptions/Pay-As-You-Go", "production"),
    changed("production/subscriptions/00000000-0000-4000-8000-0000000000000", "production"),
    changed("production/words/blue-green", "production"),
    changed("production/words/Blue", "production"),
    changed("production/words/a_b", "production"),
    changed("production/projects/ a", "production"),
    changed("production/tag_keys/0", ""),
    changed("production/tag_keys/0", 3),
    changed("production/tag_keys/0", None),
    changed("production/existing/0", "a "),
    changed("production/unknown", "unknown"),
    changed("production/unknown", None),
    changed("consent/from", "HIGH"),
    changed("consent/from", None),
    changed("consent/comments", False),
    changed("consent/comments", "no"),
    changed("consent/forbidden/0", ["a"]),
    changed("consent/until", "2027-01-01"),
    *(changed(f"consent/{key}", 3) for key in FULL["consent"] if key not in ("dwell",)),
    *(changed(f"consent/{key}", "x, y") for key in FULL["consent"] if key not in ("bot", "allowed_signers")),
    *(
        changed(f"consent/{key}", None)
        for key in FULL["consent"]
        if key not in ("approvers", "quorum", "windows", "freezes", "guard", "agents", "evidence", "forbidden")
    ),
    changed("consent/label", "a,b"),
    changed("consent/label", "a\nb"),
    changed("consent/label", "x" * 51),
    changed("consent/label", " a"),
    changed("consent/dwell", "20"),
    changed("consent/dwell", "2m"),
    changed("consent/dwell", -1),
    changed("consent/dwell", 10000),
    changed("consent/approvers/user", []),
    changed("consent/approvers/users", []),
    changed("consent/approvers/users", None),
    changed("consent/approvers/teams", []),
    changed("consent/approvers/roles", []),
    changed("consent/approvers/roles/0", "read"),
    changed("consent/approvers/roles/0", "none"),
    changed("consent/approvers/users/0", "@dana"),
    changed("consent/approvers/users/0", "x[bot]"),
    changed("consent/approvers/users/0", "Dana D"),
    changed("consent/approvers/users/0", 12345),
    changed("consent/approvers/users/1/id", 0),
    changed("consent/approvers/users/1/id", "12345"),
    changed("consent/approvers/users/1/login", "x[bot]"),
    changed("consent/approvers/users/1/name", "Kim"),
    changed("consent/approvers/users/1", {"id": 12345}),
    changed("consent/approvers/teams/0", "platform"),
    changed("consent/approvers/teams/0", "@acme/platform"),
    changed("consent/approvers/codeowners", "true"),
    *(changed(f"consent/quorum/{key}", 0) for key in FULL["consent"]["quorum"]),
    *(changed(f"consent/quorum/{key}", 11) for key in FULL["consent"]["quorum"]),
    *(changed(f"consent/quorum/{key}", 1) for key in ("machine", "irreversible", "guard")),
    changed("consent/quorum/low", 2),
    changed("consent/windows/0", None),
    changed("consent/windows/0/day", "mon"),
    changed("consent/windows/0/days", "monday"),
    changed("consent/windows/0/days", "mon,tue"),
    changed("consent/windows/0/days", "mon-tue-wed"),
    changed("consent/windows/0/days", []),
    changed("consent/windows/0/from", "24:00"),
    changed("consent/windows/0/from", "9:00"),
    changed("consent/windows/0/from", "09:60"),
    changed("consent/windows/0/to", "24:01"),
    changed("consent/windows/0/for", []),
    changed("consent/windows/0/for", ["robot"]),
    changed("consent/windows/0/timezone", ""),
    changed("consent/freezes/0", None),
    changed("consent/freezes/0", {"from": "2026-12-20", "until": "2027-01-03"}),
    changed("consent/freezes/0", {"from": "2026-12-20", "reason": "r"}),
    changed("consent/freezes/0", {"until": "2027-01-03", "reason": "r"}),
    changed("consent/freezes/0/from", "2026-02-30"),
    changed("consent/freezes/0/reason", " "),
    changed("consent/allowed_signers", "/etc/signers"),
    changed("consent/allowed_signers", "../signers"),
    changed("consent/allowed_signers", "a/../../signers"),
    changed("consent/allowed_signers", "a\\b"),
    changed("consent/evidence/path", "a/"),
    *(
        changed("consent/evidence/branch", name)
        for name in (
            "refs/heads/x",
            "-x",
            "a b",
            "a..b",
            "a~1",
            "a:b",
            "x/",
            "/x",
            "x.lock",
            "x.lock/y",
            "a//b",
            "@{u}",
        )
    ),
    changed("consent/evidence/days", 0),
    *(changed("consent/rehearsal/within", value) for value in (0, 1000, "0d", "14", "2w", "1000d", None)),
    *(changed("consent/rehearsal/environments", value) for value in ([], ["Staging"], [""], "staging", None)),
    *(changed("consent/rehearsal/for", value) for value in ([], ["robot"], "agent")),
    *(changed("consent/rehearsal/path", value) for value in ("/etc/r", "../r", "a/")),
    changed("consent/rehearsal/days", 14),
    changed("consent/terminal", True),
    changed("consent/terminal", "never"),
    changed("consent/evidence/store", "s3"),
    changed("consent/agents/0", "@x"),
    changed("consent/agents/1/kind", "agent"),
    changed("severity/a-rule", "off"),
    changed("severity/a-rule", None),
    changed("version", 2),
    changed("version", "1"),
    changed("version", None),
    changed("version", True),
    changed("waivers/0", None),
    changed("waivers/0", "a-rule"),
    changed("waivers/0/extra", 1),
    changed("waivers/0/address", "**"),
    changed("waivers/0/address", "a\nb"),
    changed("waivers/0/by", " "),
    changed("waivers/0/by", 3),
    changed("waivers/0/reason", ""),
    changed("waivers/0/until", "2027-02-29"),
    changed("waivers/0/until", "2027-2-1"),
    changed("waivers/0/until", None),
    changed("waivers/0/until", "for ever"),
    changed("waivers/1", {"rule": "a-rule", "address": "*", "reason": "r"}),
    changed("waivers/1", {"rule": "a-rule", "address": "*", "by": "b"}),
    changed("waivers/1", {"rule": "a-rule", "reason": "r", "by": "b"}),
    changed("waivers/1", {"address": "*", "reason": "r", "by": "b"}),
    changed("protected/0", "x" * 1001),
    changed("rules/0", {"a": "b"}),
    changed("budget/destroys/production", -1),
    changed("budget/destroys/production", 10**9 + 1),
    changed("budget/destroys/production", 1.5),
    changed("budget/destroys/production", "5"),
    changed("budget/destroys/prod", 5),
    changed("budget/destroy", {}),
]


@pytest.mark.parametrize("document", GOOD, ids=range(len(GOOD)))
def test_loader_and_schema_accept(document: object, home: Path) -> None:
    assert conforms(document)
    assert loads(document, home)


@pytest.mark.parametrize("document", BAD, ids=range(len(BAD)))
def test_loader_and_schema_refuse(document: object, home: Path) -> None:
    assert not conforms(document)
    assert not loads(document, home)


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 3),
    st.sampled_from(
        ["production", "other", "high", "graded", "a-rule", "*", "", " x", "012345678901", "2027-01-01", "no"]
    ),
    st.just({}),
    st.just([]),
    st.lists(st.sampled_from(["a", "", None, 1]), max_size=2),
    st.dictionaries(
        st.sampled_from(["a", "on", "012345678901", "from", "rule"]), st.sampled_from(["production", "high", 1])
    ),
)


def paths(node: object, path: str = "") -> list[str]:
    steps = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    found = [path] if path and "*" not in path else []
    for step, value in steps:
        if "/" not in str(step):
            found += paths(value, f"{path}/{step}" if path else str(step))
    return found


@given(st.sampled_from(paths(FULL)), VALUES)
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_loader_and_schema_agree_on_any_change(home: Path, path: str, value: object) -> None:
    if path.startswith("rules") or path.endswith("/timezone"):
        return  # whether a directory exists, or a time zone, is no matter of form
    document = changed(path, value)
    assert conforms(document) == loads(document, home), document


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


# --- docs/config.md --------------------------------------------------------------------------------------------------

BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS)
def test_every_example_in_the_page_loads_and_says_something(block: str, home: Path) -> None:
    loaded = config_file.parse(parse(block.encode(), "planguard.yml"), home)
    config.check_rules(loaded, {file.stem for file in (ROOT / "rules/hazards").glob("*.yaml")})
    says_defaults = {"version: 1", "consent:"}
    assert loaded._replace(path=None, lines={}) != Config() or says_defaults & set(block.splitlines())
    assert conforms(yaml.safe_load(re.sub(r"((?:from|until): )([0-9-]{10})", r"\1'\2'", block)))


def test_the_page_explains_every_key() -> None:
    def keys(schema: dict[str, Any]) -> set[str]:
        schema = SCHEMA["$defs"][schema["$ref"].rsplit("/", 1)[-1]] if "$ref" in schema else schema
        inner = [keys(part) for part in schema.get("properties", {}).values()]
        return set(schema.get("properties", {})).union(*inner, keys(schema["items"]) if "items" in schema else set())

    for key in keys(SCHEMA):
        assert f"`{key}`" in PAGE or f"## {key}\n" in PAGE or re.search(rf"^ +{key}:", PAGE, re.MULTILINE), key
    for key in SCHEMA["properties"]:
        assert f"\n## {key}\n" in PAGE


def test_the_complaint_on_the_page_is_the_real_one(home: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        config_file.parse(parse(b"version: 1\nproduction:\n  acounts: {}\n", "planguard.yml"), home)
    assert f"error: {caught.value}\n  {caught.value.hint}\n" in PAGE


def test_defaults_on_the_page_and_in_the_schema_are_the_real_ones() -> None:
    assert SCHEMA["properties"]["consent"]["properties"]["from"]["default"] == Config().consent_from.value
    assert SCHEMA["properties"]["production"]["properties"]["unknown"]["default"] == Config().production.unknown
    assert f"from `{Config().consent_from.value}` up" in PAGE


def test_the_schema_knows_the_defaults_of_consent() -> None:
    home = ConsentConfig()
    own = SCHEMA["properties"]["consent"]["properties"]
    for key in ("mode", "label", "dwell", "sticky", "signature", "allowed_signers"):
        assert own[key]["default"] == getattr(home, key), key
    people = own["approvers"]["properties"]
    assert (people["codeowners"]["default"], tuple(people["roles"]["default"])) == (home.codeowners, home.roles)
    for key, schema in own["quorum"]["properties"].items():
        assert schema["default"] == schema["minimum"] == getattr(home.quorum, key), key
    for key, schema in own["evidence"]["properties"].items():
        assert schema["default"] == getattr(home.evidence, key), key
    window = SCHEMA["$defs"]["window"]["properties"]
    assert (window["from"]["default"], window["to"]["default"]) == (Window().opens, Window().closes)
