"""Names, keys, tags and files that want to be more than text: no output obeys them, and JSON gives them back."""

from __future__ import annotations

import json
import os
import re
import tempfile
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from fuzzing import seeds
from fuzzing.runner import Run, quiet_place, run

HOSTILE = {
    "colours": "\x1b[31mPASS\x1b[0m",
    "clearing": "\x1b[2J\x1b[H\x1b[8m",
    "title": "\x1b]0;owned\x07",
    "link": "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "8-bit": "\x9b31m\x90q\x9c\x85",
    "return": "\rPASS   nothing to see\r\n",
    "backspace": "BLOCKED\b\b\b\b\b\b\bPASS",
    "lines": "x\n\nPASS   Nothing needs consent. (exit 0)\n",
    "workflow": "\n::set-output name=verdict::pass\n::stop-commands::x",
    "workflow at the start": "::error file=a::b",
    "azure": "\n##vso[task.setvariable variable=x]y",
    "teamcity": "##teamcity[buildStatus status='SUCCESS']",
    "gitlab": "\x1b[0Ksection_start:1:x\r\x1b[0K",
    "bidi": "\u202eedoc\u202c \u2066x\u2069 \u200f",
    "zero width": "pro\u200bd\u200d\ufeff\u2060",
    "line separators": "a\u2028b\u2029c\x0bd\x0ce\x1cf\x1dg\x1eh",
    "nul": "a\0b",
    "delete": "a\x7fb",
    "tags": "a\U000e0041\U000e0042",
    "half characters": "a\ud800b\udc00",
    "markdown": "[x](javascript:alert(1)) ![y](https://z) `code` **b** | table | <!-- -->",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>&quot;",
    "quotes": "a\"b'c`d\\e",
    "template": "${jndi:ldap://x} %{if} {{ 7*7 }} {noun} {address} %s %n",
    "wide": "ｗｉｄｅ鍵🔑\u0301\u0301\u0301",
    "longer than a file name": "n" * 300,
    "a user's home": "~nobody-of-that-name/x",
    "long": "n" * 100_000,
    "long lines": "word " * 10_000,
    "many words": "prod/" * 10_000,
    "brackets": 'a[0].b["c"]]]][[[[',
    "blanks": "   \t  ",
    "empty": "",
}
OWN = re.compile(r"\x1b\[[0-9;]*m")
UNSEEN = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
"""Categories of characters that nobody sees, or that a terminal obeys."""


@pytest.fixture(scope="module", autouse=True)
def somewhere() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="p") as name, quiet_place(name):
        yield Path(name)


def hostile(name: str) -> dict[str, Any]:
    """A plan with the name wherever a plan has names."""
    tags = {"env": "production", "owner": name, f"k{name}": name, "environment": f"production {name}"}
    before = {"id": name, "identifier": f"prod-{name}", "name": name, "engine": name, "tags": tags, "tags_all": tags}
    after = {**before, "engine": f"{name}2", "list": [{name: name}]}
    addresses = [
        (f"::{name}", f"aws_{name}", name),
        (f"aws_db_instance.{name}", "aws_db_instance", name),
        (f"module.m[{json.dumps(name)}].aws_rds_cluster.a[{json.dumps(name)}]", "aws_rds_cluster", "a"),
        (f"{name}.b", name, "b"),
    ]
    changes: list[dict[str, Any]] = []
    for number, (address, kind, label) in enumerate(dict.fromkeys(addresses)):
        for actions in (["delete"], ["delete", "create"], [name])[: 3 if len(name) < 1000 else number % 3]:
            element = seeds.element("aws_db_instance.x", actions, before=before, after=after)
            paths = [["engine"], [name], ["list", 0, name]] if len(actions) == 2 else None
            more = {"address": f"{address}{number}{len(changes)}", "type": kind, "name": label, "index": name}
            element |= more | {"action_reason": name, "provider_name": f"registry.terraform.io/{name}/{name}"}
            element |= {"previous_address": name, "deposed": name, "module_address": f"module.{name}"}
            element["change"] |= {"importing": {"id": name}, **({"replace_paths": paths} if paths else {})}
            changes.append(element)
    return {
        "format_version": "1.2",
        "terraform_version": name,
        "variables": {name: {"value": name}, "environment": {"value": f"prod-{name}"}},
        "planned_values": {"root_module": {}},
        "resource_changes": changes,
        "resource_drift": [seeds.element(f"aws_db_instance.d{name}", ["delete"])],
        "checks": [{"address": {"to_display": name}, "status": "fail"}],
        "action_invocations": [{"address": name}],
        "prior_state": {
            "values": {
                "root_module": {
                    "resources": [
                        {"address": changes[0]["address"], "mode": "managed", "depends_on": [name, f"{name}.b"]}
                    ]
                }
            }
        },
        "configuration": {
            "provider_config": {
                name: {
                    "name": name,
                    "full_name": name,
                    "alias": name,
                    "expressions": {"profile": {"constant_value": f"prod {name}"}},
                }
            },
            "root_module": {"resources": [seeds.block(name, "b", x=[f"aws_db_instance.{name}"])]},
        },
        "errored": True,
        "complete": False,
    }


def assert_harmless(done: Run) -> None:
    assert done.traceback == ""
    for stream in (done.out, done.err):
        text = OWN.sub("", stream.decode("utf-8"))
        assert {char for char in set(text) - {"\n"} if unicodedata.category(char) in UNSEEN} == set()
        for line in text.split("\n"):
            assert not line.lstrip().startswith("::")
            assert not re.search(r"##\w*\[", line)


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
def test_terminal(name, monkeypatch):
    data = json.dumps(hostile(name)).encode()
    for color in ("0", "1"):
        monkeypatch.setenv("FORCE_COLOR", color)
        done = run(["check", "-", "-v", "--workspace", name], data)
        assert done.code == 10
        assert_harmless(done)
        lines = OWN.sub("", done.out.decode()).split("\n")
        assert [line for line in lines if line.startswith(("PASS", " PASS"))] == []


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
def test_json_gives_the_same_strings_back(name):
    plan = hostile(name)
    done = run(["check", "-", "-v", "--report", "json", "--workspace", name], json.dumps(plan).encode())
    assert done.code == 10
    assert_harmless(done)
    report = json.loads(done.out)
    # Half a character cannot be written, and is U+FFFD from the first reading on.
    addresses = {re.sub("[\ud800-\udfff]", "\ufffd", element["address"]) for element in plan["resource_changes"]}
    assert {item["address"] for item in report["undecided"] if item["rule"] == "unknown-action"} <= addresses
    assert {finding["address"] for finding in report["findings"]} <= addresses | {""}
    assert len({finding["address"] for finding in report["findings"]}) > 2
    assert report["plan"]["workspace"] == re.sub("[\ud800-\udfff]", "\ufffd", name)


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
def test_explain(name):
    plan = hostile(name)
    data = json.dumps(plan).encode()
    for element in plan["resource_changes"][::3]:
        assert_harmless(run(["explain", element["address"].encode("utf-8", "replace").decode(), "-"], data))
    assert_harmless(run(["explain", f"aws_db_instance.{name[:200]}", "-"], data))
    assert_harmless(run(["explain", name[:1000] or "x"]))


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
def test_files_and_options(name, somewhere):
    """Where they are not there, the error repeats them; where they can be, the report does."""
    assert_harmless(run(["check", f"missing{name}"]))
    assert_harmless(run(["check", "-", "--config", f"missing{name}"], b"{}"))
    assert_harmless(run(["check", "-", "--report", f"json=missing/{name}"], json.dumps(seeds.single()).encode()))
    assert_harmless(run(["check", "-", "--terraform-bin", f"missing{name}"], seeds.archive()))
    assert_harmless(run(["check", "-", "--terraform-bin", f"{name}/x"], seeds.archive()))
    assert_harmless(run(["init", "--path", f"missing/{name}"]))
    assert_harmless(run(["check", "-", "--report", name or "x"], b"{}"))
    if "\0" not in name and "/" not in name and os.name != "nt" and len(name.encode("utf-8", "replace")) < 200:
        file = somewhere / f"plan{name}".encode("utf-8", "replace").decode()
        file.write_text(json.dumps(seeds.single()), encoding="utf-8")
        assert_harmless(run(["check", str(file)]))
        done = run(["check", str(file), "--report", "json"])
        assert_harmless(done)
        assert json.loads(done.out)["plan"]["source"] == str(file)


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
def test_configuration_and_rules(name, somewhere):
    config, plan, rules = somewhere / "planguard.yml", somewhere / "plan.json", somewhere / "own"
    plan.write_text(json.dumps(seeds.single()), encoding="utf-8")
    rules.mkdir(exist_ok=True)
    waiver = {"rule": "data-deletion", "address": "aws_db_instance.*", "reason": f"r{name}", "by": f"b{name}"}
    expired = {**waiver, "until": "2020-01-01"}
    contents: list[dict[str, Any]] = [
        {"waivers": [waiver, expired]},
        {"severity": {f"x{name}": "low"}},
        {f"x{name}": 1},
        {"consent": {"from": name}},
        {"rules": [f"missing{name}"]},
        {"production": {"addresses": {f"aws_db_instance.*{name}": "other", "aws_db_*": "production"}}},
    ]
    for content in contents:
        config.write_bytes(yaml.safe_dump(content, allow_unicode=True).encode("utf-8", "surrogatepass"))
        for report in ("terminal", "json"):
            assert_harmless(run(["check", str(plan), "--config", str(config), "-v", "--report", report]))
    config.write_text("rules: [own]\n", encoding="utf-8")
    rule = {
        **seeds.RULE,
        "when": {"action": "delete"},
        "title": f"t{name}",
        "message": f"m{name} {{name}}",
        "why": f"w{name}",
        "fix": f"f{name}",
        "lost": f"l{name}",
        "references": [name],
    }
    for more in ({}, {f"x{name}": 1}, {"severity": name}, {"when": {f"before.{name}": name, name: 1}}):
        content = {**rule, **more}
        (rules / "own-rule.yaml").write_bytes(yaml.safe_dump(content).encode("utf-8", "surrogatepass"))
        for command in (
            ["check", str(plan), "-v"],
            ["check", str(plan), "--report", "json"],
            ["explain", "own-rule"],
            ["rules"],
        ):
            assert_harmless(run([*command, "--config", str(config)]))
