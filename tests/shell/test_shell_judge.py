"""Judging command lines: hostile and odd ones, and what is known while walking through them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planguard.shell import Judgement, judge
from planguard.shell.syntax import parse
from planguard.shell.tools import danger, mentions, tool
from planguard.shell.words import HOLE, Scope, Words


def nothing(path: str) -> str | None:
    return None


def allowed(command: str, **files: str) -> bool:
    return judge(command, {name.replace("_", "."): text for name, text in files.items()}.get).allowed


@pytest.mark.parametrize(
    "command",
    [
        "",
        "\n",
        "\0",
        "\ud800",
        "((((((",
        "}}}}",
        "<<<<<",
        "`" * 51,
        "$(" * 500,
        "{a,b}" * 30,
        "a" * 100_000,
        "f() { f; }; f",
        "f() { g; }; g() { f; }; f",
        "alias a='a a'; a",
        "eval eval eval eval",
        'x="$x$x"; ' * 200,
        "bash -c " * 200 + "ls",
        "case",
        "for",
        "cat <<EOF",
        "$'\\U99999999'",
        "printf '%' | sh",
        "xargs",
        "ssh",
        "sudo",
        "env -S",
        "bash -c",
        "git -c",
        "make -C",
        "npm run",
        "find -exec",
        "docker run --entrypoint",
    ],
)
def test_odd_lines_end_in_a_verdict(command: str):
    start = time.perf_counter()
    assert isinstance(judge(command, nothing), Judgement)
    assert time.perf_counter() - start < 5


def test_exponential_texts_are_bounded():
    line = "; ".join(f'x{n}="$x{n - 1}$x{n - 1}"' for n in range(1, 40))
    start = time.perf_counter()
    judge(f"x0=a; {line}; $x39", nothing)
    assert time.perf_counter() - start < 5


def test_a_long_script_is_searched_and_not_followed():
    long = "true\n" * 5_000
    assert judge("./configure && make", {"./configure": long}.get).allowed
    assert not judge("./configure", {"./configure": long + "terraform destroy\n"}.get).allowed
    assert not judge("./configure; terraform destroy", {"./configure": long}.get).allowed
    assert not judge(": ;" * 5_000 + "bash later.sh", nothing).allowed


def test_depth_is_a_doubt_and_no_reason():
    deep = "echo " + "$(" * 60 + "{}" + ")" * 60
    assert judge(deep.format("ls"), nothing).allowed
    assert not judge(deep.format("terraform destroy"), nothing).allowed
    assert judge("sh a.sh", {"a.sh": 'retry() { "$@" || retry "$@"; }; retry ls'}.get).allowed


def test_a_line_of_half_a_megabyte_is_refused():
    assert not judge(f"echo {'x' * 500_000}", nothing).allowed


def test_calls_that_multiply_end():
    start = time.perf_counter()
    fork = "f() { f; f; }; f"
    judge(f"{fork}; {fork}", nothing)
    judge("sh a.sh", {"a.sh": "f() { eval 'f; f'; f; f; }; f"}.get)
    assert time.perf_counter() - start < 10


def test_a_script_that_runs_itself_ends():
    assert not judge("bash a.sh", {"a.sh": "bash a.sh; terraform destroy"}.get).allowed


def test_where_names_the_innermost_script():
    files = {"a.sh": "./b.sh", "./b.sh": "terraform destroy"}
    assert judge("sh a.sh", files.get) == Judgement(False, "danger", "terraform destroy", "./b.sh")


def test_a_name_that_is_no_path_is_not_repeated():
    assert judge("bash 'a b;c'", {"a b;c": "terraform destroy"}.get).where == "a script"


def test_a_doubt_matters_only_beside_a_tool():
    assert allowed("$CMD")
    assert allowed("eval $CMD; terraform plan")
    assert not allowed("eval $CMD # terraform destroy, says the ticket".replace("# ", "; echo "))


def test_code_of_other_languages_is_refused_only_where_it_starts_programs():
    assert allowed("python a_py", a_py="print('terraform destroy')")
    assert not allowed("python a.py", a_py="import os; os.system('terraform destroy')")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("terraform", "terraform"),
        ("/opt/bin/terraform", "terraform"),
        ("terraform-1.9.0", "terraform"),
        ("terraform_v1.5", "terraform"),
        ("tofu.exe", "tofu"),
        ("aws-cdk@2.100", "cdk"),
        ("terraform-docs", None),
        ("terraformer", None),
        ("awslocal", None),
        ("", None),
    ],
)
def test_names_of_tools(name: str, expected: str | None):
    assert tool(name) == expected


def test_a_hole_for_a_subcommand_is_unclear():
    assert judge("terraform $X", nothing).reason == "unclear"
    assert danger("terraform", (HOLE, "plan")) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("terraform apply", True),
        ('ter"raform" de\\stroy', True),
        ("terraform plan", False),
        ("apply the terraform", False),
        ("aws rds delete-db-instance", True),
        ("cdk synth", False),
    ],
)
def test_what_a_text_is_about(text: str, expected: bool):
    assert mentions(text) is expected


def expanded(text: str, scope: Scope) -> list[tuple[str, ...]]:
    command = parse(f"_ {text}").named_children[0]
    return Words(scope, lambda node: None).readings(command.named_children[1:])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b", [("a", "b")]),
        ("'a b' \"c d\"", [("a b", "c d")]),
        ("$x", [("one", "two")]),
        ('"$x"', [("one two",)]),
        ("a$x", [("aone", "two")]),
        ("$unknown", [(HOLE,)]),
        ("a$empty", [("a",)]),
        ("$empty", [()]),
        ('"$empty"', [("",)]),
        ("$y", [("1",), ("2",)]),
        ("$y$y", [("11",), ("12",), ("21",), ("22",)]),
        ("a{b,c}d", [("abd", "acd")]),
        ("'{b,c}'", [("{b,c}",)]),
        ("$(date)", [(HOLE,)]),
        ('"a $x b"', [("a one two b",)]),
        ('"a  $x  b"', [("a  one two  b",)]),
        ("$'\\x41\\n'", [("A\n",)]),
        ("${z:-d e}", [("d", "e")]),
        ("$1 $2", [("first",)]),
        ('"$@"', [("first",)]),
    ],
)
def test_expansion(text: str, expected: list[tuple[str, ...]]):
    scope = Scope(("first",))
    scope.values.update({"x": ("one two",), "empty": ("",), "y": ("1", "2")})
    assert expanded(text, scope) == expected


WORDS = ["terraform", "destroy", "plan", " ", "EOF", "x=", "$x", "bash -c ", "eval ", "\n"]
PIECES = st.sampled_from([*WORDS, *"'\"$(){};|&<`\\# "])


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=25).map("".join))
def test_any_text_ends_in_a_verdict(command: str):
    assert judge(command, nothing) == judge(command, nothing)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(["ls", "echo terraform destroy", "X=1", "cd a", "terraform plan", "f() { true; }"]), max_size=6
    )
)
def test_harmless_commands_never_make_a_destroy_pass(before: list[str]):
    assert not judge("; ".join([*before, "terraform destroy"]), nothing).allowed
