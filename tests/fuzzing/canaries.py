"""A plan that repeats one secret wherever Terraform does, marked in one place and bare in all the others.

Whoever finds the secret in what planguard says has found a leak. Owns the plan and the search; the places where a
secret may be marked are `MARKS`.
"""

from __future__ import annotations

import html
import json
import re
import urllib.parse
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

from fuzzing.seeds import AWS, block, element

Plan = dict[str, Any]

ADDRESSES = (
    "aws_db_instance.main",
    "aws_db_instance.second",
    "aws_secretsmanager_secret_version.s",
    "aws_s3_bucket.moved",
)
"""Something is said about each of these."""

SECRETS: Mapping[str, Any] = {
    "long": "kQ7xW2mZ9vB4nR8tY3pL6sD1fG5h",
    "five characters": "zq7x9",
    "four characters": "v8#k",
    "quotes": 'say"7Wq\'x`9Zk2"end',
    "backslashes": "C:\\Vk7\\q2W\\n9\\x41z",
    "markup": "<Wk7>&q2Z</b>&amp;9x",
    "newlines": "first-Wk7q2Z-line\nsecond-9xVb4n-line\r\nthird-8tR3pL",
    "letters of other scripts": "größe-Ключ-鍵-7Wq2",
    "template": "${Wk7q2Z}%{9xVb}$${4nR8}",
    "blanks": "  Wk7q2Z 9xVb4n 8tR3pL  ",
    "escapes": "\x1b[31mWk7q2Z\x1b[0m9xVb",
    "PEM": "-----BEGIN RSA PRIVATE KEY-----\n"
    + "\n".join(f"MIIEow{line}IBAAKCAQEAx7Wq2Zk9Vb4nR8tY3pL6sD1fG5hJ0uI{line}" for line in range(6))
    + "\n-----END RSA PRIVATE KEY-----\n",
    "number": 7392846152,
    "small number": 73928,
    "fraction": 7392.8461,
    "JSON text": '{"username":"zWk7q2Zuser","password":"9xVb4n8tR3pL"}',
    "URL": "postgres://app:Wk7q2Z9xVb@db.example.com:5432/orders",
    "very long": "Wk7q2Z9x" * 400,
}


def plan(secret: Any) -> Plan:
    """The plan with the secret bare in every place that a report may look at; nothing in it is marked yet."""
    text = secret if isinstance(secret, str) else json.dumps(secret)
    held = {
        "id": f"id-{text}",
        "arn": f"arn:aws:rds:eu-west-1:123456789012:db:{text}",
        "identifier": text,
        "name": f"production-{text}",
        "engine": secret,
        "db_name": text,
        "password": secret,
        "tags": {"env": "production", "note": text, "owner": f"x {text} y", "environment": f"production {text}"},
        "tags_all": {"env": "production", "note": text, text[:200]: "x"},
        "settings": [{"users": [{"name": "a", "key": secret}], "by_name": {"x": secret, text: "y"}}],
        "account": text,
    }
    paths = [["engine"], ["identifier"], ["tags", "note"], ["settings", 0, "by_name", text], ["arn"], ["db_name"]]

    def change(address: str, actions: list[str], **more: Any) -> dict[str, Any]:
        kept = json.loads(json.dumps(held))
        after = {**kept, "engine": "other", "identifier": None, "db_name": f"{text}-2", "arn": "arn:aws:rds:x:1:db:new"}
        made = element(address, actions, before=kept, after=after if "create" in actions else None, **more)
        made["change"] |= {"before_sensitive": {}, "after_sensitive": {}}
        return made

    state = {"address": ADDRESSES[0], "mode": "managed", "type": "aws_db_instance", "name": "main", "values": held}
    data = {"address": "data.x.y", "mode": "data", "type": "x", "name": "y", "values": {"body": secret, "nested": held}}
    for stored in (state, data):
        stored["sensitive_values"] = {}  # without it, names like `password` would count as marks
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "variables": {"input": {"value": secret}, "environment": {"value": f"production-{text}"}},
        "planned_values": {"outputs": {"o": {"value": secret}}, "root_module": {"resources": [dict(state)]}},
        "resource_drift": [change(ADDRESSES[1], ["update"])],
        "resource_changes": [
            change(ADDRESSES[0], ["delete", "create"], replace_paths=paths),
            change(ADDRESSES[1], ["delete"]),
            change(ADDRESSES[2], ["create", "delete"], replace_paths=[["engine"]], importing={"id": text}),
            change(ADDRESSES[3], ["delete"], previous_address="aws_s3_bucket.was", deposed="0a1b2c3d"),
            change(f"aws_db_instance.each[{json.dumps(text)}]", ["delete"], index=text),
            change("aws_db_instance.quiet", ["no-op"]),
            change("aws_vpc.net", ["update"]),
        ],
        "output_changes": {"o": {"actions": ["update"], "before": secret, "after": [secret]}},
        "prior_state": {
            "format_version": "1.0",
            "values": {"outputs": {"o": {"value": secret}}, "root_module": {"resources": [state, data]}},
        },
        "configuration": {
            "provider_config": {
                "aws": {
                    "name": "aws",
                    "full_name": AWS,
                    "expressions": {
                        "region": {"constant_value": "eu-west-1"},
                        "profile": {"constant_value": f"production-{text}"},
                        "default_tags": [{"tags": {"constant_value": {"env": f"production {text}"}}}],
                    },
                }
            },
            "root_module": {
                "outputs": {"o": {"expression": {"constant_value": secret}}},
                "resources": [
                    block("aws_db_instance", "main", engine=["var.input"]),
                    {**block("aws_db_instance", "second"), "expressions": {"engine": {"constant_value": secret}}},
                ],
                "module_calls": {
                    "m": {
                        "expressions": {"inner": {"constant_value": secret}},
                        "module": {"variables": {"inner": {}}, "resources": []},
                    }
                },
                "variables": {"input": {"default": secret}, "environment": {}},
            },
        },
        "checks": [{"address": {"to_display": f"check.{text}"}, "status": "fail"}],
        "complete": False,
        "errored": False,
    }


def _change(plan: Plan, number: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = plan["resource_changes"][number]["change"]
    return found


def _set(target: dict[str, Any], **more: Any) -> None:
    target.update(more)


def _state(plan: Plan) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = plan["prior_state"]["values"]["root_module"]["resources"]
    return found


def _root(plan: Plan) -> dict[str, Any]:
    found: dict[str, Any] = plan["configuration"]["root_module"]
    return found


MARKS: Mapping[str, Callable[[Plan], None]] = {
    "before": lambda p: _set(_change(p), before_sensitive={"password": True}),
    "after": lambda p: _set(_change(p), after_sensitive={"password": True}),
    "a nested list": lambda p: _set(_change(p), before_sensitive={"settings": [{"users": [{"key": True}]}]}),
    "a nested map": lambda p: _set(_change(p), before_sensitive={"settings": [{"by_name": {"x": True}}]}),
    "a whole block": lambda p: _set(_change(p), before_sensitive={"settings": True}),
    "a whole object": lambda p: _set(_change(p), before_sensitive=True),
    "an object that stays": lambda p: _set(_change(p, 5), before_sensitive={"password": True}),
    "drift": lambda p: _set(p["resource_drift"][0]["change"], before_sensitive={"password": True}),
    "state": lambda p: _set(_state(p)[0], sensitive_values={"password": True}),
    "data source": lambda p: _set(_state(p)[1], sensitive_values={"body": True}),
    "inside of a data source": lambda p: _set(_state(p)[1], sensitive_values={"nested": {"engine": True}}),
    "planned values": lambda p: _set(
        p["planned_values"]["root_module"]["resources"][0], sensitive_values={"password": True}
    ),
    "planned output": lambda p: _set(p["planned_values"]["outputs"]["o"], sensitive=True),
    "output of the state": lambda p: _set(p["prior_state"]["values"]["outputs"]["o"], sensitive=True),
    "output change": lambda p: _set(p["output_changes"]["o"], after_sensitive=True),
    "part of an output change": lambda p: _set(p["output_changes"]["o"], after_sensitive=[True]),
    "declared output": lambda p: _set(_root(p)["outputs"]["o"], sensitive=True),
    "variable": lambda p: _set(_root(p)["variables"]["input"], sensitive=True),
    "variable of a module": lambda p: _set(
        _root(p)["module_calls"]["m"]["module"]["variables"]["inner"], sensitive=True
    ),
    "provider": lambda p: _set(
        p["configuration"]["provider_config"]["aws"]["expressions"],
        secret_key={"constant_value": _change(p)["before"]["engine"]},
    ),
}
"""What marks the secret as one: each makes all other places unmarked copies."""


def found_in(text: str, secret: Any) -> list[str]:
    """Pieces of the secret in the text, however it is written, wrapped or shortened.

    Keys of instances and maps do not count for short secrets: masked there, the addresses of half the plans in the
    world would be unreadable, and Terraform refuses sensitive keys.
    """
    whole = secret if isinstance(secret, str) else json.dumps(secret)
    flat = _flat(text)
    if len(whole) < 6:
        flat = re.sub(r'\[(\\*"|&quot;)[^"\]]*?\1\]|\.by_name\.\w+', "", flat)
    return sorted({piece for form in _forms(whole) for piece in _pieces(_flat(form)) if piece in flat})


def _forms(secret: str) -> set[str]:
    escaped = json.dumps(secret)[1:-1]
    readable = json.dumps(secret, ensure_ascii=False)[1:-1]
    data = secret.encode("utf-8", "surrogatepass")
    return {
        secret,
        escaped,
        readable,
        json.dumps(escaped)[1:-1],
        json.dumps(readable, ensure_ascii=False)[1:-1],
        html.escape(secret),
        urllib.parse.quote(data),
        b64encode(data).decode().rstrip("="),
    }


def _flat(text: str) -> str:
    """Without colours, blanks and line ends: a report wraps."""
    return re.sub(r"\s+", "", re.sub(r"\x1b\[[0-9;]*m", "", text))


def _pieces(form: str, size: int = 8) -> set[str]:
    """Every part long enough to give something away; a short secret is its own only part."""
    if len(form) <= size:
        return {form}
    return {form[at : at + size] for at in range(min(len(form), 400) - size + 1)} - _EVERYWHERE


_EVERYWHERE = {
    word[at : at + 8]
    for word in (
        "-----BEGINRSAPRIVATEKEY-----",
        "-----ENDRSAPRIVATEKEY-----",
        "postgres://app:",
        "@db.example.com:5432/orders",
        '{"username":"',
        '","password":"',
        "first-",
        "second-",
        "third-",
        "-line",
    )
    for at in range(max(1, len(word) - 7))
    if len(word) >= 8
}
"""Parts of our secrets that are none."""
