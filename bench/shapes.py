"""What the attributes of all made-up objects are built from. The order of the random numbers is part of the form."""

from __future__ import annotations

import json
from random import Random
from typing import Any

try:
    import orjson

    def _plain(value: Any) -> str:
        return orjson.dumps(value).decode()
except ImportError:

    def _plain(value: Any) -> str:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


ACCOUNT = "123456789012"
REGION = "eu-west-1"

Attributes = dict[str, Any]


def dumps(value: Any) -> str:
    """JSON as Go writes it: compact, with `<`, `>` and `&` escaped."""
    return _plain(value).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def hexadecimal(rng: Random, digits: int) -> str:
    """So many random digits."""
    return f"{rng.getrandbits(4 * digits):0{digits}x}"


def arn(service: str, rest: str) -> str:
    """An ARN of the only account and region."""
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


def tags_of(rng: Random, name: str) -> Attributes:
    """The tags that a platform team gives to everything."""
    return {
        "CostCenter": str(rng.randrange(1000, 9999)),
        "Environment": rng.choice(["prod", "staging", "dev"]),
        "ManagedBy": "terraform",
        "Name": name,
        "Owner": rng.choice(["platform", "payments", "search", "data"]) + "@example.com",
    }


def policy(rng: Random, name: str) -> str:
    """A policy document, as the string that providers make of it."""
    statement = {
        "Action": ["sts:AssumeRole", "s3:GetObject", "kms:Decrypt"][: rng.randrange(1, 4)],
        "Condition": {"StringLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/{name}-*"}},
        "Effect": "Allow",
        "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
        "Sid": "",
    }
    return json.dumps({"Statement": [statement], "Version": "2012-10-17"}, separators=(",", ":"))
