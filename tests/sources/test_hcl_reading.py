"""Reading sources: the same structure as python-hcl2 sees, with every line; and files that are odd or broken."""

from __future__ import annotations

import time

import hcl2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planguard.inputs import hcl
from planguard.inputs.hcl_scan import Malformed, Scan
from planguard.model import UNKNOWN
from planguard.sources.expressions import evaluate

SYNTAX = {
    "heredocs": (
        'resource "a" "b" {\n  x = <<EOT\nhello } {\n"${var.a}"\nEOT\n'
        "  y = <<-EOT\n    in { dented\n    EOT\n  z = 1\n}\n"
    ),
    "templates": 'locals {\n  a = "x${upper("}")}y"\n  b = "$${no} %%{no} ${var.x}"\n  c = "${"${"deep"}"}"\n}\n',
    "directives": (
        'locals {\n  d = "%{ for s in var.l ~}${s}%{ endfor ~}"\n  e = "%{ if var.a }}%{ else }{%{ endif }"\n}\n'
    ),
    "dynamic": (
        'resource "a" "b" {\n  dynamic "x" {\n    for_each = var.l\n    content {\n      y = x.value\n    }\n  }\n}\n'
    ),
    "functions": (
        'locals {\n  a = merge({ x = 1 }, var.m)\n  b = join(",", [for s in var.l : upper(s) if s != ""])\n}\n'
    ),
    "conditions": 'locals {\n  a = var.x == "}" ? "{" : null\n  b = !var.y && (1 + 2) * 3 >= 4\n}\n',
    "splats": 'locals {\n  a = aws_instance.web[*].id\n  b = data.x.y[0].z\n  c = m.n["k"]\n}\n',
    "comments": '# } one\n// { two\n/* { three\n } */\nresource "a" "b" { # }\n  x = 1 // {\n  /* { */ y = 2\n}\n',
    "unicode": 'resource "a" "größe" {\n  名前 = "日本語 🙂 } ü"\n  x = "\\u00fc\\n\\"}"\n}\n',
    "one line": 'variable "x" { default = { a = "}" } }\noutput "y" { value = var.x }\n',
    "objects": 'locals {\n  o = {\n    a : 1, "b" = 2\n    (var.k) = 3 # }\n    d = { e = [1, 2,\n      3] }\n  }\n}\n',
    "windows": 'resource "a" "b" {\r\n  x = 1\r\n}\r\nresource "c" "d" {\r\n  y = <<E\r\n}\r\nE\r\n}\r\n',
    "nested": 'resource "a" "b" {\n  one {\n    two {\n      three = 3\n    }\n  }\n  one {\n  }\n}\n',
    "empty": "",
    "only comments": "# nothing\n\n/* at all */\n",
}


def as_the_library_sees(text):
    """(kind and labels, first line, last line) of every top-level block."""
    found = []
    for node in hcl2.parses_to_tree(text).children[0].children:
        if getattr(node, "data", "") == "block":
            words = [child for child in node.children if getattr(child, "data", "") in ("identifier", "string")]
            names = tuple("".join(word.scan_values(lambda token: token != '"')) for word in words)
            found.append((names, node.meta.line, node.meta.end_line))
    return found


@pytest.mark.parametrize("text", SYNTAX.values(), ids=SYNTAX.keys())
def test_the_structure_is_what_python_hcl2_sees(text):
    read = hcl.read("main.tf", text.encode())
    assert read.problem is None
    # The library takes no letters but those of ASCII in names, which Terraform does.
    expected = as_the_library_sees(text.replace("名前", "name"))
    assert [((block.kind, *block.labels), block.line, block.end) for block in read.blocks] == expected
    assert all(block.body.readable for block in read.blocks)


def test_a_second_opinion_is_asked_before_a_file_is_called_broken(monkeypatch):
    def refuse(text):
        return Scan((), (), (), Malformed(0, "nothing is understood today"))

    monkeypatch.setattr(hcl.hcl_scan, "scan", refuse)
    read = hcl.read("main.tf", SYNTAX["nested"].encode())
    assert read.problem is None
    (block,) = read.blocks
    assert (block.kind, block.labels, block.line, block.end) == ("resource", ("a", "b"), 1, 9)
    assert not block.body.readable


def test_attributes_know_their_lines_and_values():
    read = hcl.read("main.tf", SYNTAX["comments"].encode())
    (block,) = read.blocks
    assert {
        name: (attribute.line, evaluate(attribute.expression)) for name, attribute in block.body.attributes.items()
    } == {
        "x": (6, 1),
        "y": (7, 2),
    }


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-2.5e1", -25.0),
        ("true", True),
        ("null", None),
        (r'"a\n\"b\" \u00fc"', 'a\n"b" ü'),
        ('"$${x} %%{y}"', "${x} %{y}"),
        ('["a", "b",]', ["a", "b"]),
        ('{ a = 1, "b" : [2] }', {"a": 1, "b": [2]}),
        ('toset(["a"])', ["a"]),
        ("merge({ a = 1 }, { a = 2 })", {"a": 2}),
        ('"x" == "x" ? "yes" : "no"', "yes"),
        ('"x" != "x" ? "yes" : ["no"]', ["no"]),
        ("!true ? 1 : 2", 2),
        ('"a${"b"}c"', "abc"),
        ("(3)", 3),
        ("1 + 2 * 3 - 1", 6),
        ("1 + var.x", UNKNOWN),
        ("1 > 2 || 3 >= 3 && !false", True),
        ("var.x || true", True),
        ("var.x && true", UNKNOWN),
        ("1 == 1 ? 2 == 3 ? 4 : 5 : 6", 5),
        ("null == null", True),
        ('[for s in ["b", "a"] : upper(s) if s != "a"]', ["B"]),
        ("{ for i, s in [1, 2] : s => i }", {"1": 0, "2": 1}),
        ("{ for k, v in { b = 1, a = 1 } : v => k... }", {"1": ["a", "b"]}),
        ("[for a in [1, 2] : [for b in [3] : a * b]]", [[3], [6]]),
        ("[for v in [var.x] : v if v]", UNKNOWN),
        ('{ prod = { on = true } }["prod"].on', True),
        ('["a", "b"][1]', "b"),
        ("[{ a = 1 }, { a = 2 }][*].a", [1, 2]),
        ("[{ a = 1 }].*.a", [1]),
        ('lookup({ a = 1 }, "b", 2)', 2),
        ("length(keys({ a = 1, b = 2 }))", 2),
        ('flatten([["a"], ["b", ["c"]]])', ["a", "b", "c"]),
        ('setsubtract(["a", "b"], ["a"])', ["b"]),
        ('toset(["b", "a", "b"])', ["a", "b"]),
        ('format("%s-%d", "a", 3)', "a-3"),
        ('format("%05d", 3)', UNKNOWN),
        ('coalesce("", "b")', "b"),
        ("try(var.x, 1)", UNKNOWN),
        ("length(var.x)", UNKNOWN),
        ("merge([1], {})", UNKNOWN),
        ("range(3)", [0, 1, 2]),
        ("range(3000000)", UNKNOWN),
        ("provider::acme::made_up(1)", UNKNOWN),
        ('file("x")', UNKNOWN),
        ("var.x", UNKNOWN),
        ("[for s in var.l : s]", UNKNOWN),
    ],
)
def test_values(text, value):
    (block,) = hcl.read("main.tf", f"locals {{\n  v = {text}\n}}\n".encode()).blocks
    assert evaluate(block.body.attributes["v"].expression) == value


BROKEN = {
    "never closed": 'resource "a" "one" {\n}\nresource "a" "two" {\n  x = [1, 2\n}\nresource "a" "three" {\n}\n',
    "stray": 'resource "a" "one" {\n}\n%%%\nresource "a" "three" {\n}\n',
    "string": 'resource "a" "one" {\n}\nlocals {\n  x = "never\n}\nresource "a" "three" {\n}\n',
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_block_does_not_hide_the_others(text):
    read = hcl.read("main.tf", text.encode())
    names = [block.labels[-1] for block in read.blocks if block.kind == "resource"]
    assert names[0] == "one"
    assert names[-1] == "three"
    assert read.problem is not None
    assert str(read.line) in read.problem


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xff\xfe\xfd", "UTF-8"),
        ("größe = 1".encode("latin-1"), "UTF-8"),
        (b"a = 1\0", "UTF-8"),
        (b"x" * (hcl.LARGEST + 1), "larger than 4 MB"),
    ],
)
def test_what_is_no_text_is_said(data, words):
    read = hcl.read("main.tf", data)
    assert read.problem is not None
    assert words in read.problem
    assert read.blocks == ()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_marks_of_windows_editors(encoding):
    (block,) = hcl.read("main.tf", 'resource "a" "b" {\n}\n'.encode(encoding)).blocks
    assert (block.labels, block.line) == (("a", "b"), 1)


JSON = b"""{
  "//": "a comment",
  "resource": {
    "aws_s3_bucket": {
      "logs": {
        "bucket": "acme-prod-logs",
        "tags": {"env": "prod"},
        "path": "a\\/b",
        "lifecycle": {"prevent_destroy": true, "ignore_changes": ["tags"]}
      },
      "other": [{"bucket": "x"}]
    }
  },
  "module": {"db": {"source": "./db"}}
}
"""


def test_json_has_lines_too():
    from planguard.sources.values import lifecycle

    read = hcl.read("main.tf.json", JSON)
    assert [(block.kind, block.labels, block.line) for block in read.blocks] == [
        ("resource", ("aws_s3_bucket", "logs"), 5),
        ("resource", ("aws_s3_bucket", "other"), 11),
        ("module", ("db",), 14),
    ]
    logs = read.blocks[0]
    assert evaluate(logs.body.expression("tags")) == {"env": "prod"}
    assert evaluate(logs.body.expression("path")) == "a/b"
    assert lifecycle(logs).prevent_destroy
    assert lifecycle(logs).ignored == {"tags"}


@pytest.mark.parametrize("data", [b"{", b"[]", b"nul", b'{"a": ' + b"[" * 5000 + b"]" * 5000 + b"}"])
def test_json_that_is_none(data):
    assert hcl.read("main.tf.json", data).problem is not None


@given(st.text(alphabet='ab_"{}[]()$%\\=\n #/*<-E0,.:?!', max_size=200))
def test_nothing_makes_the_reader_fail(text):
    read = hcl.read("main.tf", text.encode())
    for block in read.blocks:
        assert block.line <= block.end
        for attribute in block.body.attributes.values():
            evaluate(attribute.expression)


@given(st.binary(max_size=100))
def test_no_bytes_make_the_reader_fail(data):
    for name in ("main.tf", "main.tf.json", "x.tfvars", "x.auto.tfvars.json"):
        hcl.read(name, data)


@pytest.mark.parametrize(
    ("comment", "rules", "problem"),
    [
        ('# planguard:ignore data-deletion until=2027-01-31 reason="moved by hand"', ("data-deletion",), None),
        ('// planguard:ignore a-b, c-d reason="x"', ("a-b", "c-d"), None),
        ('/* planguard:ignore * reason="x" */', ("*",), None),
        ("# planguard:ignore data-deletion", ("data-deletion",), 'gives no reason="…"'),
        ('# planguard:ignore reason="x"', (), "names no rule"),
        ('# planguard:ignore a-b until=2027-02-30 reason="x"', ("a-b",), "has an until= that is not a date"),
        ('# planguard:ignore a-b untill=2027-02-03 reason="x"', ("a-b",), "has a setting that does not exist: untill"),
        ('# planguard:ignore a-b reason="x" and more', ("a-b",), "holds more than"),
    ],
)
def test_comments(comment, rules, problem):
    read = hcl.read("main.tf", f'{comment}\nresource "a" "b" {{\n}}\n'.encode())
    (found,) = read.ignores
    assert (found.rules, found.line) == (rules, 1)
    assert (found.problem or "").startswith(problem or "") and (found.problem is None) == (problem is None)


def test_a_comment_inside_of_a_string_is_none():
    assert hcl.read("main.tf", b'locals {\n  x = "# planguard:ignore a reason=\\"x\\""\n}\n').ignores == ()


@pytest.mark.parametrize(
    "text",
    [
        "a {\n" * 50_000,
        'x = "' + '${"' * 20_000,
        "x = [" * 50_000,
        "a = 1\n" * 50_000,
        "x = /* a\n" * 20_000,
        "<<A\n" * 20_000,
    ],
    ids=["open blocks", "strings in strings", "brackets", "many attributes", "comments", "heredocs"],
)
def test_hostile_files_come_to_an_end(text):
    begun = time.process_time()
    for block in hcl.read("main.tf", text.encode()).blocks:
        assert block.body is not None
    assert time.process_time() - begun < 10


def test_comments_of_several_lines_inside_of_a_block():
    read = hcl.read("main.tf", b'a "b" {\n  x = 1 /* two\n lines } */\n  y = 2\n}\nc "d" {\n}\n')
    assert [block.labels for block in read.blocks] == [("b",), ("d",)]
    assert set(read.blocks[0].body.attributes) == {"x", "y"}


def test_json_knows_moves():
    from planguard.inputs.hcl_files import Kept, gather
    from planguard.sources.configuration import Configuration
    from planguard.sources.refactored import Refactored

    text = b'{"moved": [{"from": "aws_x.a", "to": "aws_x.b[\\"k\\"]"}]}'
    tree = gather(Kept("x", {"main.tf.json": text}), everything=True)
    assert Refactored(Configuration(tree)).moved("aws_x.a") == 'aws_x.b["k"]'


def test_json_that_is_only_moved_by_some_lines_means_the_same():
    one, other = (hcl.read("main.tf.json", text).blocks[0] for text in (JSON, JSON.replace(b"{", b"{\n\n", 1)))
    assert one.line != other.line
    assert one.text == other.text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("merge( {a=1} , var.m )", "merge({ a = 1 }, var.m)"),
        ('f(var.x , "a b",)', 'f(var.x, "a b")'),
        ("var.a?1:2", "var.a ? 1 : 2 # why"),
        ('f("${var.x}", "a${var.y}")', 'f(var.x, "a${var.y}")'),
        ('"${ f("${var.x}") }"', "f(var.x)"),
        ("[\n  f(1),\n  # two\n  f(2),\n]", "[f(1), f(2)]"),
    ],
)
def test_formatting_means_nothing(one, other):
    assert _text(one) == _text(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('f("a b")', 'f("ab")'),
        ('f("a,)")', 'f("a)")'),
        ("a - b", "a-b"),
        ("<<A\nhttp://x/${y}\nA", "<<A\nhttp://z/${y}\nA"),
        ("<<A\n# ${y}\nA", "<<A\n#  ${y}\nA"),
    ],
)
def test_what_means_something_else_reads_otherwise(one, other):
    assert _text(one) != _text(other)


def _text(expression):
    (block,) = hcl.read("main.tf", f"locals {{\n  v = {expression}\n}}\n".encode()).blocks
    return block.body.attributes["v"].text


@pytest.mark.parametrize(
    "text",
    [
        "".join(f'  a{n} = "${{local.a{n - 1}}}${{local.a{n - 1}}}"\n' for n in range(1, 60)) + '  a0 = "x"\n',
        "".join(f"  a{n} = [local.a{n - 1}, local.a{n - 1}]\n" for n in range(1, 60)) + "  a0 = []\n",
        "".join(f"  a{n} = concat(local.a{n - 1}, local.a{n - 1})\n" for n in range(1, 60)) + "  a0 = [1]\n",
        "  a59 = " + "[for x in range(900) : " * 5 + "x" + "]" * 5 + "\n",
        "  a59 = " + "(1 == 1 ? " * 3000 + "1" + " : 2)" * 3000 + "\n",
        "  a59 = " + "1 + " * 20_000 + "1\n",
    ],
    ids=["strings", "lists", "concat", "loops", "conditions", "sums"],
)
def test_values_that_would_grow_without_end_are_left_unknown(text):
    from planguard.inputs.hcl_files import Kept, gather
    from planguard.sources.configuration import Configuration
    from planguard.sources.modules import Frame

    begun = time.process_time()
    tree = gather(Kept("x", {"main.tf": f"locals {{\n{text}}}\n".encode()}), everything=True)
    value = Frame(Configuration(tree).root).lookup()(("local", "a59"))
    assert len(repr(value)) < 500_000
    assert time.process_time() - begun < 5
