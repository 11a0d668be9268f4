"""Globs: what they cover, and that no glob is slow."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planguard.globs import matches


@pytest.mark.parametrize(
    ("glob", "text"),
    [
        ("aws_db_instance.main", "aws_db_instance.main"),
        ("aws_db_instance.*", "aws_db_instance.main"),
        ("*", ""),
        ("*", 'module.a["x/y"].aws_db_instance.main[0]'),
        ("module.data.*", "module.data.module.deep.aws_s3_bucket.logs"),
        ('module.db["eu"].*', 'module.db["eu"].aws_rds_cluster.this[0]'),
        ("aws_instance.web[*]", "aws_instance.web[12]"),
        ("aws_instance.web[?]", "aws_instance.web[1]"),
        ("*prod*", "environments/prod/plan.json"),
        ("**/prod/**", "environments/prod/plan.json"),
        ("a*b*c", "a-b-b-c-c"),
        ("*aa", "aaa"),
        ("a?c", "a\nc"),
        ("a*c", "a\n\nc"),
        ("*ab*ab", "abab"),
    ],
)
def test_covers(glob: str, text: str) -> None:
    assert matches(glob, text)


@pytest.mark.parametrize(
    ("glob", "text"),
    [
        ("aws_db_instance.main", "aws_db_instance.main2"),
        ("aws_db_instance.main", "xaws_db_instance.main"),
        ("aws_db_instance.main", "aws_db_instance_main"),
        ("AWS_DB_INSTANCE.main", "aws_db_instance.main"),
        ("aws_instance.web[0]", "aws_instance.web0"),
        ("aws_instance.web[01]", "aws_instance.web[0]"),
        ("aws_instance.web[?]", "aws_instance.web[12]"),
        ("prod", "prod\n"),
        ("*prod", "prod\n"),
        ("ab*ba", "aba"),
        ("*ab*ab", "ab"),
        ("", "a"),
        ("?", ""),
        ("a*b*c", "a-c-b"),
    ],
)
def test_does_not_cover(glob: str, text: str) -> None:
    assert not matches(glob, text)


def _slow_and_sure(glob: str, text: str) -> bool:
    """The same question, answered by a table: row i says which prefixes of `text` the first i characters cover."""
    row = [True] + [False] * len(text)
    for char in glob:
        new = [char == "*" and row[0]]
        for j, letter in enumerate(text):
            new.append((row[j + 1] or new[j]) if char == "*" else row[j] and char in ("?", letter))
        row = new
    return row[-1]


@given(st.text(alphabet="ab*?[].\n", max_size=12), st.text(alphabet="ab[].\n", max_size=16))
def test_agrees_with_the_definition(glob: str, text: str) -> None:
    assert matches(glob, text) is _slow_and_sure(glob, text)


@given(st.text())
def test_text_without_wildcards_covers_itself(text: str) -> None:
    assert matches(text.replace("*", "x").replace("?", "x"), text.replace("*", "x").replace("?", "x"))


@given(st.text(), st.text(), st.text())
def test_a_star_covers_anything(head: str, middle: str, tail: str) -> None:
    glob = head.replace("*", "").replace("?", "") + "*" + tail.replace("*", "").replace("?", "")
    assert matches(glob, head.replace("*", "").replace("?", "") + middle + tail.replace("*", "").replace("?", ""))


def test_many_stars_are_not_slow() -> None:
    start = time.process_time()
    assert not matches("*a" * 200 + "b", "a" * 5000)
    assert not matches("*" * 900 + "b", "a" * 5000)
    assert not matches("*?" * 300 + "b", "a" * 5000)
    assert time.process_time() - start < 1
