"""The words: every string of both tables, and properties that hold for any."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planguard import bundled
from planguard.model import Tier
from planguard.production import Match, match
from planguard.production.words import Words

FIXTURES = Path(__file__).parent / "fixtures"
SEPARATORS = ["-", "_", ".", " ", "--"]
PRODUCTION = ["prod", "prd", "production", "produktion", "producción", "produção", "tuotanto", "прод"]
PLAIN = ["orders", "main", "acme", "db", "eu", "eu-west-1", "01", "blue", "7", "queue", "network"]


def table(name: str) -> list[tuple[str, str, str, str]]:
    rows = []
    for line in (FIXTURES / name).read_text(encoding="utf-8").split("\n"):
        if line.strip() and not line.startswith(("#", "string\t")):
            text, kind, answer, why = line.split("\t")
            rows.append((text, kind, answer, why))
    return rows


def answer(found: Match) -> str:
    if found.shared:
        return "shared"
    return "nonproduction" if found.tier is Tier.OTHER else found.tier.value


ROWS = [*table("env_strings.tsv"), *table("env_strings_more.tsv")]


@pytest.mark.parametrize(("text", "kind", "wanted", "why"), ROWS, ids=[f"{row[1]}:{row[0]}" for row in ROWS])
def test_a_tricky_string_gets_the_right_answer(text: str, kind: Any, wanted: str, why: str) -> None:
    assert answer(match(text, kind)) == wanted, why


def test_the_table_has_no_string_twice() -> None:
    places = [(row[0], row[1]) for row in ROWS]
    assert sorted(set(places)) == sorted(places)


def test_a_match_names_the_words_that_decided() -> None:
    assert match("acme-prd-orders").token == "prd"
    assert match("orders-non-prod-2").token == "non-prod"
    assert match("pr-123").token == "pr-123"
    assert match("staging-prod-sync") == Match(Tier.UNKNOWN, token="prod + staging", both=True)
    assert match("product-catalog") == Match(Tier.UNKNOWN)


def test_a_factory_is_a_weak_kind_of_production() -> None:
    assert match("production-line-sensors") == Match(Tier.PRODUCTION, token="production", weak=True)
    assert match("production-orders") == Match(Tier.PRODUCTION, token="production", weak=False)


def test_the_users_words_come_first() -> None:
    words = Words(
        bundled.load("production"),
        {"Blue": Tier.PRODUCTION, "pit": Tier.OTHER, "demo": Tier.UNKNOWN, "kümmel": Tier.OTHER},
    )
    assert words.match("orders-blue").tier is Tier.PRODUCTION
    assert words.match("BLUE", "tag-value").tier is Tier.PRODUCTION
    assert words.match("bluedb").tier is Tier.PRODUCTION
    assert words.match("pit", "workspace").tier is Tier.OTHER
    assert words.match("pitch").tier is Tier.UNKNOWN
    assert words.match("demo", "tag-value").tier is Tier.UNKNOWN
    assert words.match("Kummel-1").tier is Tier.OTHER
    assert words.match("prod").tier is Tier.PRODUCTION


def test_a_users_word_wins_over_a_built_in_one() -> None:
    words = Words(bundled.load("production"), {"staging": Tier.PRODUCTION, "live": Tier.OTHER, "shared": Tier.OTHER})
    assert words.match("staging", "tag-value") == Match(Tier.PRODUCTION, token="staging")
    assert words.match("live", "tag-value").tier is Tier.OTHER
    assert words.match("shared", "tag-value") == Match(Tier.OTHER, token="shared")


def test_no_word_stands_in_two_lists_that_exclude_each_other() -> None:
    data = bundled.load("production")
    lists = {
        f"{section}.{name}": data[section][name]
        for section, name in (
            ("production", "words"), ("production", "whole"), ("production", "live"),
            ("other", "words"), ("other", "whole"), ("shared", "words"), ("shared", "leading"), ("shared", "accounts"),
        )
    }  # fmt: skip
    places: dict[str, list[str]] = {}
    for name, words in lists.items():
        for word in words:
            places.setdefault(word, []).append(name)
    assert {word: names for word, names in places.items() if len(names) > 1} == {}


# --- properties -------------------------------------------------------------------------------------------------------

WORDS = [*PRODUCTION, *PLAIN, "dev", "test", "live", "shared", "dr", "security", "pre", "old", "like", "feature", "p"]
KINDS = ["name", "tag-value", "workspace", "account-alias", "host", "provider-alias"]


@st.composite
def names(draw: st.DrawFn, words: list[str] = WORDS) -> str:
    parts = draw(st.lists(st.sampled_from(words), min_size=1, max_size=4))
    return draw(st.sampled_from(SEPARATORS)).join(parts)


@given(names(), st.sampled_from(KINDS[:4]), st.sampled_from(["-", "_", " "]))
def test_non_in_front_is_never_production(name: str, kind: Any, separator: str) -> None:
    assert match(f"non{separator}{name}", kind).tier is not Tier.PRODUCTION


@given(st.sampled_from([row for row in ROWS if row[1] in ("tag-value", "workspace", "account-alias")]))
def test_case_does_not_matter_where_an_environment_is_stated(row: tuple[str, Any, str, str]) -> None:
    text, kind, wanted, _ = row
    for other in (text.upper(), text.lower(), text.title()):
        assert answer(match(other, kind)) == wanted


@given(names(), st.sampled_from(KINDS))
def test_case_does_not_matter_between_separators(name: str, kind: Any) -> None:
    assert match(name.upper(), kind) == match(name, kind) == match(name.title(), kind)


@given(names(), st.integers(0, 40), st.sampled_from("\u0300\u0301\u0308\u200b\u00ad"))
def test_accents_and_invisible_characters_do_not_matter(name: str, place: int, mark: str) -> None:
    at = place % len(name) + 1
    assert match(name[:at] + mark + name[at:]).tier is match(name).tier


@given(st.sampled_from(PRODUCTION), names([*PLAIN, "x1"]), names(PLAIN), st.sampled_from(["-", "_", " ", "/"]))
def test_what_stands_around_it_does_not_change_production(word: str, before: str, after: str, separator: str) -> None:
    assert match(separator.join((before, word, after))).tier is Tier.PRODUCTION
    assert match(f"{separator}{word}{separator}").tier is Tier.PRODUCTION


@given(st.sampled_from(["prod", "prd", "production", "dev", "uat", "staging"]), st.integers(0, 999))
def test_numbers_and_regions_may_be_glued_on(word: str, number: int) -> None:
    plain = match(word).tier
    for text in (
        f"{word}{number}",
        f"{number}{word}",
        f"{word}eu",
        f"us{word}{number}",
        f"{word}euw1",
        f"useast1{word}",
    ):
        assert match(text).tier is plain


@given(names(), st.sampled_from(["dev", "staging", "uat", "sandbox"]))
def test_another_environments_word_beside_production_is_never_clear(name: str, word: str) -> None:
    found = match(f"prod-{name}-{word}")
    assert found.tier is Tier.UNKNOWN or name.startswith(("like", "test"))


@given(st.text(), st.sampled_from([*KINDS, "address", "backend-key", "directory", "variable", "region"]))
def test_any_text_has_an_answer(text: str, kind: Any) -> None:
    found = match(text, kind)
    assert match(text, kind) == found
    assert not (found.both and found.tier is not Tier.UNKNOWN)


@given(st.text(alphabet="abcdef0123456789", min_size=4))
def test_hexadecimal_ids_say_nothing(text: str) -> None:
    assert match(text).tier is Tier.UNKNOWN


@given(st.sampled_from(ROWS))
def test_a_region_says_nothing(row: tuple[str, str, str, str]) -> None:
    assert match(row[0], "region") == Match(Tier.UNKNOWN)


@given(st.sampled_from([row for row in ROWS if row[1] == "name"]))
def test_the_quick_look_never_overlooks_a_word(row: tuple[str, str, str, str]) -> None:
    words = Words(bundled.load("production"))
    if row[2] != "unknown":
        assert words.may_tell(row[0])
        assert words.may_tell(f"i-0123456789\n{row[0]}\nsg-1")
