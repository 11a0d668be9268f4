"""A wrong entry is refused, and the error names file, line, key and what would be right."""

from __future__ import annotations

import textwrap

import pytest

from planguard.bundled import plain
from planguard.catalog.schema import check_resources
from planguard.errors import ConfigError
from planguard.yaml_nodes import build

RIGHT = """\
provider: acme
source: acme/acme@1.0
protections:
  guard: {attribute: deletion_protection, protective: true, weak: false, layer: api, does: refuses, effect: it refuses}
types:
  acme_database:
    category: database
    loses: [data, identity]
    recoverable: no
    lost: all rows
    protections:
      - guard
      - {attribute: "days[*].kept", protective: ">=14", weak: 0, layer: window, does: window, effect: days}
    backup_attributes: [retention]
    backup_order: {retention: zero-is-forever}
    cfn: {type: "Acme::Data::Base", when: Kind is SQL}
    instead: [{when: source is set, loses: [none], recoverable: yes, lost: a view}]
"""


def check(text: str, file: str = "rules/resources/acme.yaml") -> None:
    node = build(text, file)
    check_resources(node, file, plain(node))


def test_the_right_one_passes() -> None:
    check(RIGHT)


@pytest.mark.parametrize(
    ("old", "new", "line", "problem", "hint"),
    [
        ("provider: acme\n", "provider: other\n", 1, "provider: the file is called acme.yaml", None),
        ("source: acme/acme@1.0\n", "", 1, "source is missing", None),
        ("types:\n", "typs:\n", 5, "typs: this key is not known", "Did you mean types?"),
        (
            "acme_database:",
            "Database:",
            6,
            "types.Database: this is not the name of a resource type",
            "aws_db_instance",
        ),
        ("category: database", "category: databse", 7, "this must be one of database", "Did you mean database?"),
        ("category: database", "categori: database", 7, "this key is not known", "Did you mean category?"),
        ("    category: database\n", "", 6, "category is missing", None),
        ("[data, identity]", "[data, identify]", 8, "a list of some of data", None),
        ("[data, identity]", "data", 8, "a list of some of data", None),
        ("[data, identity]", "[data, data]", 8, "a list of some of data", None),
        ("[data, identity]", "[none, data]", 8, "none stands alone", None),
        ("[data, identity]", "[none]", 8, "none stands alone, and what loses nothing is recoverable: yes", None),
        ("recoverable: no", "recoverable: maybe", 9, "one of no, backup, window, yes", None),
        ("recoverable: no", "recoverable: false", 9, "one of no, backup, window, yes", None),
        ("recoverable: no", "recoverable: at-once", 9, "what is stored does not come back at once", None),
        ("source is set", "source set", 17, "a condition such as", None),
        ("loses: [none]", "loses: none", 17, "a list of some of", None),
        ("lost: all rows", "lost:", 10, "one line of text", None),
        ("- guard", "- gaurd", 12, "there is no protection called gaurd", "Did you mean guard?"),
        ("layer: window", "layer: windows", 13, "one of api, provider, outcome, window", None),
        ("does: window", "dose: window", 13, "this key is not known", "Did you mean does?"),
        ('">=14"', '">14"', 13, "a bound", None),
        ('">=14"', "0", 13, "the weak value is the protective one", None),
        ('"days[*].kept"', '"days[].kept"', 13, "a path such as", None),
        ("layer: api", "layer: ap", 4, "protections.guard.layer: this must be one of api", None),
        ("[retention]", "retention", 14, "a list of attribute paths", None),
        ("{retention: zero", "{other: zero", 15, "this is not one of the backup_attributes", None),
        ("zero-is-forever", "forever", 15, "zero-is-forever, lower-is-stronger", None),
        ("Kind is SQL", "Kind == SQL", 16, "a condition such as", None),
        ("Acme::Data::Base", "Acme.Base", 16, "a type such as", None),
    ],
)
def test_a_mistake_is_named(old: str, new: str, line: int, problem: str, hint: str | None) -> None:
    assert old in RIGHT
    with pytest.raises(ConfigError) as caught:
        check(RIGHT.replace(old, new, 1))
    assert caught.value.where == f"rules/resources/acme.yaml:{line}"
    assert problem in caught.value.message
    assert hint is None or hint in (caught.value.hint or "")


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just words", "provider: acme\nsource: x\ntypes: []\n"])
def test_something_else_altogether_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        check(text)


@pytest.mark.parametrize(
    ("when", "fine"), [("", False), (", when: Kind is SQL", False), (", when: Kind is GRAPH", True)]
)
def test_one_cloudformation_type_for_two_entries_needs_a_condition(when: str, fine: bool) -> None:
    second = f"""\
      acme_graph:
        category: database
        loses: [data]
        recoverable: no
        lost: all nodes
        cfn: {{type: "Acme::Data::Base"{when}}}
    """
    text = RIGHT + textwrap.indent(textwrap.dedent(second), "  ")
    if fine:
        check(text)
        return
    with pytest.raises(ConfigError, match="is there already") as caught:
        check(text)
    assert caught.value.where == "rules/resources/acme.yaml:23"
