"""Signed approvals: real ssh-keygen, security keys in software, and everything that must be refused."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planguard.consent import signature
from planguard.consent.signature import NAMESPACE, Subject
from planguard.errors import ExternalError
from planguard.external import ssh_keygen
from security_keys import SecurityKey

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SUBJECT = Subject("Acme/shop", 12, "a" * 40, "f" * 64, "K7Q2-9FXD-M3TV")
KEY, OTHER, ECDSA = SecurityKey(), SecurityKey(), SecurityKey("ecdsa")
ALLOWED = f'# people\ndana,Kim {KEY.line}\nmax namespaces="git" {OTHER.line}\nlee {ECDSA.line}\n'.encode()

needs_ssh = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="there is no ssh-keygen here")


def body(key: SecurityKey = KEY, subject: Subject = SUBJECT, *, flags: int = 1, namespace: str = NAMESPACE) -> str:
    blob = key.signed(signature.message(subject), namespace, flags=flags)
    return f"/planguard approve K7Q2-9FXD-M3TV destroy orders\r\n\r\n```\r\n{signature.armor(blob)}```\r\n"


def why(text: str, *, login: str = "dana", allowed: bytes | None = ALLOWED, at: datetime = NOW) -> str | None:
    return signature.problem(text, SUBJECT, login=login, allowed=allowed, at=at, path="ops/signers")


def test_the_signed_text_binds_everything() -> None:
    assert signature.message(SUBJECT) == (
        b"planguard-approval@v1\nrepository acme/shop\npull 12\nhead " + b"a" * 40 + b"\n"
        b"fingerprint " + b"f" * 64 + b"\ncode K7Q2-9FXD-M3TV\n"
    )
    for broken in (SUBJECT._replace(head=""), SUBJECT._replace(code="a b"), SUBJECT._replace(repository="a\nb")):
        with pytest.raises(ValueError, match="is empty, or holds a space"):
            signature.message(broken)


# --- what is accepted -------------------------------------------------------------------------------------------------


@needs_ssh
@pytest.mark.parametrize(("key", "login"), [(KEY, "dana"), (KEY, "Kim"), (ECDSA, "lee"), (ECDSA, "Lee")])
def test_a_touched_key_of_the_person_is_good(key: SecurityKey, login: str) -> None:
    assert why(body(key), login=login) is None
    assert why(body(key, flags=0x05), login=login) is None  # verified by PIN as well


@needs_ssh
def test_openssh_accepts_an_untouched_key_and_we_do_not() -> None:
    untouched = body(flags=0)
    parsed = signature.armored(untouched)
    assert isinstance(parsed, signature.Parsed)
    checked = ssh_keygen.verify(
        signature.message(SUBJECT),
        signature.armor(parsed.blob),
        allowed=ALLOWED,
        identity="dana",
        namespace=NAMESPACE,
        at=NOW,
    )
    assert checked.good
    assert why(untouched) == "The security key was not touched for this signature."
    assert why(body(flags=0x04)) == "The security key was not touched for this signature."


# --- what is refused --------------------------------------------------------------------------------------------------


@needs_ssh
def test_whose_key_it_is_decides() -> None:
    assert why(body(OTHER)) == "The signature is not by a key that `ops/signers` lists for @dana."
    assert why(body(), login="mallory") == "The signature is not by a key that `ops/signers` lists for @mallory."
    assert why(body(OTHER), login="max") == "The signature is not by a key that `ops/signers` lists for @max."
    assert why(body(), allowed=b"garbage\n") == "The signature is not by a key that `ops/signers` lists for @dana."


@needs_ssh
@pytest.mark.parametrize(
    "change",
    [{"pull": 13}, {"head": "b" * 40}, {"fingerprint": "e" * 64}, {"code": "K7Q2-9FXD-M3TW"}, {"repository": "acme/x"}],
    ids=lambda change: next(iter(change)),
)
def test_a_signature_for_something_else_is_refused(change: dict[str, str | int]) -> None:
    other = SUBJECT._replace(**change)  # type: ignore[arg-type]  # one of several fields
    assert why(body(subject=other)) == "The signature is for another plan, commit or pull request."


@needs_ssh
def test_a_key_counts_only_while_it_is_valid() -> None:
    until = f'dana valid-before="20261101Z" {KEY.line}\n'.encode()
    assert why(body(), allowed=until) == "The key of @dana was not valid at that time, says `ops/signers`."
    assert why(body(), allowed=until, at=datetime(2026, 10, 31, 23, 59, tzinfo=UTC)) is None
    since = f'dana valid-after="20261201Z" {KEY.line}\n'.encode()
    assert why(body(), allowed=since) == "The key of @dana was not valid at that time, says `ops/signers`."


def test_a_signature_for_another_purpose_is_refused() -> None:
    expected = "The signature was made for another purpose than planguard-approval@v1."
    assert why(body(namespace="git")) == expected
    assert why(body(namespace="planguard-approval@v2")) == expected


def test_a_list_that_is_missing_or_absurd_is_refused() -> None:
    expected = "`ops/signers` is not in the base branch, so no signature can be checked."
    assert why(body(), allowed=None) == expected
    assert why(body(), allowed=b"") == expected
    assert why(body(), allowed=b"#" * 1_000_001) == "`ops/signers` is too large to be a list of signers."


@pytest.mark.parametrize("login", ["", "-Oprint-pubkey", "a b", "dana\n", "*", "dana,kim", "x[bot]"])
def test_a_login_is_no_option_and_no_pattern(login: str) -> None:
    assert why(body(), login=login) == "The signature is by an account whose login no key can be listed for."


BLOB = KEY.signed(signature.message(SUBJECT), NAMESPACE)
GARBAGE = [
    ("/planguard approve", "carries no signature"),
    ("", "carries no signature"),
    (body() + body(), "more than one signature"),
    (body().partition("-----END")[0], "was cut off, or is none"),
    ("-----BEGIN SSH SIGNATURE-----" + "A" * 1_000_000 + "-----END SSH SIGNATURE-----", "was cut off, or is none"),
    (signature.armor(b""), "was changed, or is none"),
    (signature.armor(b"SSHSIG"), "was changed, or is none"),
    (signature.armor(BLOB[:-1]), "was changed, or is none"),
    (signature.armor(BLOB + b"\0"), "was changed, or is none"),
    (signature.armor(b"SSHSIG\0\0\0\2" + BLOB[10:]), "was changed, or is none"),
    (signature.armor(BLOB[:10] + b"\xff\xff\xff\xff" + BLOB[14:]), "was changed, or is none"),
    (signature.armor(KEY.signed(b"x", NAMESPACE, more=b"\1")), "was changed, or is none"),
    (signature.armor(BLOB).replace("AAAA", "A=AA", 1), "was changed, or is none"),
    (signature.armor(BLOB).replace("U1NI", "ÜÜÜÜ", 1), "was changed, or is none"),
]


@pytest.mark.parametrize(("text", "message"), GARBAGE, ids=range(len(GARBAGE)))
def test_garbage_is_refused_with_one_sentence(text: str, message: str) -> None:
    start = time.process_time()
    found = why(text)
    assert found is not None
    assert message in found
    assert time.process_time() - start < 1


@needs_ssh
@given(st.integers(0, len(BLOB) - 1), st.integers(1, 255))
@settings(max_examples=80, deadline=None)
def test_whatever_byte_is_changed_it_is_refused(place: int, change: int) -> None:
    changed = BLOB[:place] + bytes([BLOB[place] ^ change]) + BLOB[place + 1 :]
    assert why(signature.armor(changed)) is not None


# --- ssh-keygen itself ------------------------------------------------------------------------------------------------


def plain_key(directory: Path) -> Path:
    key = directory / "key"
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(key)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return key


@needs_ssh
def test_a_key_without_a_touch_signs_and_is_refused(tmp_path: Path) -> None:
    key = plain_key(tmp_path)
    made = ssh_keygen.sign(signature.message(SUBJECT), key=key, namespace=NAMESPACE)
    expected = "The signature is by a key that needs no touch; use a security key (ssh-keygen -t ed25519-sk)."
    assert signature.touched(made) == expected
    allowed = b"dana " + key.with_suffix(".pub").read_bytes()
    assert why(made, allowed=allowed) == expected
    checked = ssh_keygen.verify(
        signature.message(SUBJECT), made, allowed=allowed, identity="dana", namespace=NAMESPACE, at=NOW
    )
    assert checked.good
    assert signature.touched(signature.armor(BLOB)) is None


@needs_ssh
def test_a_key_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ExternalError, match="did not sign") as caught:
        ssh_keygen.sign(b"x", key=tmp_path / "gone", namespace=NAMESPACE)
    assert caught.value.where == str(tmp_path / "gone")


@needs_ssh
def test_re_armored_is_what_ssh_keygen_writes(tmp_path: Path) -> None:
    made = ssh_keygen.sign(b"x", key=plain_key(tmp_path), namespace=NAMESPACE)
    found = signature.armored(made)
    assert isinstance(found, signature.Parsed)
    assert signature.armor(found.blob) == made
    assert found.blob == base64.b64decode("".join(made.split("\n")[1:-2]))


def verify_with(program: str, directory: Path, monkeypatch: pytest.MonkeyPatch) -> str | None:
    script = directory / "ssh-keygen"
    script.write_text(f"#!/bin/sh\n{program}\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{directory}{os.pathsep}/usr/bin{os.pathsep}/bin")
    return why(body())


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins are shell scripts")
def test_only_its_own_word_for_good_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = 'echo "Good \\"planguard-approval@v1\\" signature for dana with a key"'
    assert verify_with(good, tmp_path, monkeypatch) is None
    assert verify_with(f"{good}; exit 1", tmp_path, monkeypatch) is not None
    assert verify_with("exit 0", tmp_path, monkeypatch) is not None
    assert verify_with('echo "Good \\"git\\" signature for dana"', tmp_path, monkeypatch) is not None


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins are shell scripts")
def test_it_gets_a_clean_environment_and_little_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "secret-token")
    monkeypatch.setenv("LD_PRELOAD_PLANGUARD", "x")
    verify_with(f"env > {tmp_path}/env", tmp_path, monkeypatch)
    seen = dict(line.split("=", 1) for line in (tmp_path / "env").read_text().splitlines())
    assert seen.keys() <= {"PATH", "TMPDIR", "TEMP", "TMP", "LC_ALL", "TZ", "PWD", "SHLVL", "_", "OLDPWD"}
    assert (seen["LC_ALL"], seen["TZ"]) == ("C", "UTC")
    monkeypatch.setattr(ssh_keygen, "TIMEOUT", 0.2)
    with pytest.raises(ExternalError, match=r"did not end within 0\.2 seconds"):
        verify_with("exec sleep 5", tmp_path, monkeypatch)


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins are shell scripts")
def test_a_check_that_cannot_be_made_is_an_error_and_not_a_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ExternalError, match="a user whom this machine does not know"):
        verify_with("echo 'No user exists for uid 1234' >&2; exit 255", tmp_path, monkeypatch)
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    with pytest.raises(ExternalError, match="not on PATH"):
        why(body())
