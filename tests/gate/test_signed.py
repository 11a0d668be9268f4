"""Consent that is signed with a security key: what the gate makes of it, over the whole way."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from gate_runs import LABEL, Stage, config
from planguard.consent import signature
from planguard.consent.signature import NAMESPACE, Subject
from security_keys import SecurityKey

pytestmark = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="there is no ssh-keygen here")

ERINS, DANAS = SecurityKey(), SecurityKey()
ALLOWED = f"erin {ERINS.line}\ndana {DANAS.line}\n"


def asked(stage: Any, **more: Any) -> Stage:
    it: Stage = stage(config(signature="required"), base_files={".planguard/allowed_signers": ALLOWED}, **more)
    assert it.gate().code == 10
    return it


def signed(it: Stage, key: SecurityKey = ERINS, *, flags: int = 1, by: str = "erin", **other: Any) -> None:
    """The line, with a signature below it; `other` is what it was made for instead."""
    fingerprint = it.gate().outputs["fingerprint"]
    subject = Subject(it.repo.name, it.pr.number, it.pr.head, fingerprint, it.code)._replace(**other)
    blob = key.signed(signature.message(subject), NAMESPACE, flags=flags)
    it.pr.comment(f"{it.line()}\n\n```\n{signature.armor(blob)}```", by=by)
    it.pr.label(LABEL, by=by)


def test_a_touched_key_of_hers(stage: Any) -> None:
    it = asked(stage)
    signed(it)
    assert it.gate().state == "approved"


def test_no_signature(stage: Any) -> None:
    it = asked(stage)
    it.agree("erin")
    ran = it.gate()
    assert (ran.code, ran.pg) == (10, "PG60") and "no signature" in ran.err, ran.err


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ({"flags": 0}, "not touched"),
        ({"key": SecurityKey()}, "not by a key"),
        ({"key": DANAS}, "not by a key"),
        ({"head": "0" * 40}, "another plan, commit or pull request"),
        ({"pull": 7}, "another plan, commit or pull request"),
        ({"repository": "acme/other"}, "another plan, commit or pull request"),
        ({"fingerprint": "f" * 64}, "another plan, commit or pull request"),
    ],
)
def test_a_signature_that_is_none(stage: Any, what: dict[str, Any], words: str) -> None:
    it = asked(stage)
    signed(it, **what)
    ran = it.gate()
    assert (ran.code, ran.pg) == (10, "PG60") and words in ran.err, ran.err


def test_signers_that_the_request_brings_along(stage: Any) -> None:
    """The list of the base counts."""
    mine = SecurityKey()
    it = asked(stage, files={".planguard/allowed_signers": f"erin {mine.line}\n", "main.tf": "x"})
    signed(it, mine)
    ran = it.gate()
    assert (ran.code, ran.pg) == (10, "PG60"), ran.err


def test_without_a_list_nobody_can_sign(stage: Any) -> None:
    it: Stage = stage(config(signature="required"))
    it.gate()
    signed(it)
    ran = it.gate()
    assert (ran.code, ran.pg) == (10, "PG60") and "not in the base branch" in ran.err, ran.err
