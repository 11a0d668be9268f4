"""Mermaid and Graphviz: small enough, worst first, and names that mean nothing in either language."""

from __future__ import annotations

import re
import shutil
import subprocess
from xml.etree import ElementTree

import pytest

from planguard import reports
from planguard.model import Picture, PictureEdge, PictureGroup, PictureNode, Report, Severity
from planguard.reports.mermaid import ARROWS, CHARACTERS, diagram
from planguard.reports.outline import Item, outline

NAMES = (
    'a"]; click n0 href "javascript:alert(1)"',
    "end",
    "</b><script>alert(1)</script>",
    "`**bold**`",
    "x --> y",
    "%%{init: {'theme': 'dark'}}%%",
    "a\nb\r\nsubgraph x",
    "\\N \\G \\l \\",
    "&lt;b&gt; &#34; #34; #quot;",
    "```\n# heading",
    "|pipe| {brace} [bracket] (round) <angle>",
    "\u202eflip\u2028line",
    "naïve 数据库 база 🙂",
)


def node(name: str, severity: Severity | None = None, group: int | None = None) -> PictureNode:
    return PictureNode(name, name, "aws_x", "delete", group=group, addresses=(name,), severity=severity, why=name)


def drawn(report: Report, picture: Picture) -> Report:
    return report._replace(assessment=report.assessment._replace(picture=picture))


def large(nodes: int, groups: int) -> Picture:
    """Many modules, each with its share of nodes, and everything needed by the first node."""
    severities = (Severity.CRITICAL, *[Severity.LOW] * 9)
    made = tuple(node(f"aws_x.n{i}", severities[i % 10], i % groups if groups else None) for i in range(nodes))
    edges = tuple(PictureEdge(0, i, i % 2 == 0, ("some_attribute",)) for i in range(1, nodes))
    return Picture(made, edges, tuple(PictureGroup(f"module.m{i}") for i in range(groups)), {"no-op": 7})


def test_mermaid_writes_nodes_modules_and_arrows(losses: Report) -> None:
    picture = Picture(
        (
            node("aws_vpc.main", Severity.HIGH)._replace(begins=True, action="replace"),
            node("aws_subnet.a", Severity.CRITICAL, 0)._replace(objects=3),
            node("aws_db.x", None, 0)._replace(action="no-op", cut_off=True),
        ),
        (PictureEdge(0, 1, True, ("vpc_id",)), PictureEdge(1, 2, False, ("subnet_id",))),
        (PictureGroup('module.net["eu"]'),),
        {"create": 2},
    )
    lines = [line.strip() for line in diagram([drawn(losses, picture)]).split("\n")]
    assert lines[:11] == [
        "flowchart LR",
        "accTitle: What the plan takes down, and why",
        'subgraph g0["module.net#91;#34;eu#34;#93;"]',
        'n1["aws_subnet.a × 3<br/>destroy"]:::critical',
        'n2["aws_db.x<br/>left alone"]:::cut',
        "end",
        'n0["aws_vpc.main<br/>begins here: replace"]:::high',
        'n0 ==>|"vpc_id"| n1',
        "n1 -.-> n2",
        'rest0["Not drawn: 2 create"]:::rest',
        "classDef critical fill:#fdecec,stroke:#b3202f,color:#7a1420,stroke-width:2px",
    ]


@pytest.mark.parametrize(("nodes", "groups"), [(3000, 0), (3000, 40), (3000, 2500), (400, 3)])
def test_mermaid_keeps_to_the_limits_of_who_draws_it(nodes: int, groups: int, losses: Report) -> None:
    report = drawn(losses, large(nodes, groups))
    for several in ([report], [report] * 7):
        text = diagram(several)
        assert len(text) <= CHARACTERS
        assert len(re.findall(r" (?:==>|-\.->)", text)) <= ARROWS
        assert "critical" in text.split("classDef")[0]


def test_mermaid_fits_into_less_when_asked_to(losses: Report) -> None:
    report = drawn(losses, large(3000, 40))
    for room in (8000, 3000, 1200):
        assert len(diagram([report], room)) <= room
    assert ":::critical" in diagram([report], 3000)


def test_mermaid_leaves_no_sign_in_a_name_that_could_mean_something(losses: Report) -> None:
    text = diagram([drawn(losses, Picture(tuple(node(name) for name in NAMES)))])
    labels = re.findall(r'^  n\d+\["(.*)<br/>destroy"\]:::quiet$', text, re.MULTILINE)
    assert len(labels) == len(NAMES)
    for label in labels:
        assert re.fullmatch(r"(?:[\w ./:,×…-]|#\d+;)*", label)
    assert "naïve 数据库 база" in text


def test_mermaid_says_that_nothing_is_lost(clean: Report) -> None:
    assert 'rest0["Nothing is taken down"]:::rest' in diagram([clean])


def test_outline_stands_for_every_node_exactly_once() -> None:
    picture = large(1000, 30)
    found = outline(picture, 50, 10)

    def objects(items: tuple[Item, ...]) -> int:
        return sum(item.objects if item.items is None else objects(item.items) for item in items)

    assert objects(found.items) == 1000
    assert (len(found.links), found.links_left_out) == (
        10,
        29 - 10,
    )  # from one closed module to the others
    assert all(link.forces for link in found.links[:5])


def test_outline_opens_the_worst_of_a_few_groups() -> None:
    nodes = [node(f"a.n{i}", Severity.LOW, 0) for i in range(30)] + [
        node(f"b.n{i}", Severity.CRITICAL, 1) for i in range(30)
    ]
    found = outline(Picture(tuple(nodes), (), (PictureGroup("module.a"), PictureGroup("module.b"))), 40, 10)
    assert {item.label: item.items is not None for item in found.items} == {"module.a": False, "module.b": True}


# --- Graphviz ---------------------------------------------------------------------------------------------------------


def svg_of(text: str) -> ElementTree.Element:
    """What Graphviz draws; the test is skipped, and says so, where it is missing."""
    executable = shutil.which("dot")
    if executable is None:
        pytest.skip("Graphviz's `dot` is not on PATH: install it to check what it makes of these graphs")
    done = subprocess.run([executable, "-Tsvg"], input=text.encode(), capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    return ElementTree.fromstring(done.stdout)


SVG = "{http://www.w3.org/2000/svg}"


def test_dot_draws_every_name_as_it_is(losses: Report) -> None:
    picture = Picture(
        tuple(node(name, group=0) for name in NAMES), (PictureEdge(0, 1, True, NAMES),), (PictureGroup(NAMES[0]),)
    )
    svg = svg_of(reports.render("dot", [drawn(losses, picture), drawn(losses, picture)]))
    texts = {text.text for text in svg.iter(f"{SVG}text")}
    assert {"</b><script>alert(1)</script>", "\\N \\G \\l \\", "&lt;b&gt; &#34; #34; #quot;", "end", "x --> y"} <= texts
    assert "\\u{202e}flip\\u{2028}line" in texts
    assert len([g for g in svg.iter(f"{SVG}g") if g.get("class") == "node"]) == 2 * len(NAMES)
    assert not [element for element in svg.iter() if element.tag in (f"{SVG}script", f"{SVG}image")]
    links = [value for element in svg.iter() for name, value in element.items() if name.endswith("href")]
    assert not [link for link in links if link]


def test_dot_draws_modules_and_arrows(losses: Report) -> None:
    svg = svg_of(reports.render("dot", [drawn(losses, large(60, 4))]))
    assert len([g for g in svg.iter(f"{SVG}g") if g.get("class") == "cluster"]) == 4
    assert len([g for g in svg.iter(f"{SVG}g") if g.get("class") == "edge"]) == 59
    assert "Not drawn: 7 unchanged" in {text.text for text in svg.iter(f"{SVG}text")}


def test_dot_of_nothing_is_a_graph(clean: Report) -> None:
    assert "Nothing is taken down" in {text.text for text in svg_of(reports.render("dot", [clean])).iter(f"{SVG}text")}


@pytest.mark.parametrize("name", ["mermaid", "dot"])
def test_same_input_gives_the_same_bytes(name: str, losses: Report) -> None:
    report = drawn(losses, large(300, 20))
    assert reports.render(name, [report, losses]) == reports.render(name, [report, losses])
