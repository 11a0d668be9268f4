"""Whoever names resources cannot do anything in the page: no element, no script, no request, no question."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import plan_documents

NAMES = {
    "end of script": '</script><script>document.title="owned";alert(1)</script>',
    "end of data": "</script><img src=x onerror=alert(1)>",
    "comment": "<!--<script>alert(1)</script>-->",
    "image": "<img src=http://127.0.0.1:9/x onerror=alert(1)>",
    "svg": "<svg onload=alert(1)><animate onbegin=alert(1) attributeName=x>",
    "attribute": '" onmouseover="alert(1)" x="',
    "attribute in single quotes": "' autofocus onfocus='alert(1)",
    "address of a script": "javascript:alert(1)",
    "style": "</style><style>*{background:url(http://127.0.0.1:9/)}</style>",
    "noscript": "</noscript><script>alert(1)</script>",
    "template": "${alert(1)}{{constructor.constructor('alert(1)')()}}",
    "entities": "&lt;script&gt;&#60;img src=x onerror=alert(1)&#62;",
    "line ends of scripts": "a\u2028alert(1)\u2029b",
    "direction": "\u202egnp.exe\u202c \u2066hidden\u2069 \u200b\ufeff",
    "control characters": "a\x00b\x1b[31mc\x07d\x7f",
    "prototype": "__proto__",
    "constructor": "constructor",
    "hash": "p0-search",
}


def document(name: str) -> dict[str, Any]:
    """A plan that destroys something with this name in every place where a name can stand."""
    key = json.dumps(name, ensure_ascii=False)[1:-1]
    module = f'module.m["{key}"]'
    values = {"id": name, "name": f"prod-{name}", "tags": {"env": "prod", "note": name}, "table": name}
    return plan_documents.plan(
        plan_documents.change(
            f'{module}.aws_dynamodb_table.t["{key}"]', before=values, module_address=module, index=name, name="t",
            type="aws_dynamodb_table",
        ),
        plan_documents.change(
            f'aws_dynamodb_table.u["{key}"]', ("delete", "create"), before=values, after=values | {"name": f"{name}2"},
            replace_paths=[["name"]], index=name, name="u", type="aws_dynamodb_table",
        ),
        variables={"env": {"value": "prod"}, "x": {"value": name}},
    )  # fmt: skip


@pytest.fixture
def page_of(written: Callable[..., Path], tmp_path: Path) -> Callable[[str], Path]:
    """The report on a plan full of one name."""

    def make(name: str) -> Path:
        return written(Path(plan_documents.written(tmp_path, document(name))))

    return make


@pytest.mark.parametrize("kind", list(NAMES))
def test_name_is_only_text(kind: str, page_of: Callable[[str], Path], opened: Any) -> None:
    file = page_of(NAMES[kind])
    one = opened(file)
    page = one.page
    for toggle in page.query_selector_all(".finding .toggle"):
        toggle.click()
    page.wait_for_selector(".item")
    for item in page.query_selector_all(".item.node"):
        item.hover()
    page.query_selector_all(".item.node")[0].click()
    page.wait_for_timeout(30)
    elements = page.evaluate(
        "[document.scripts.length, document.images.length, document.querySelectorAll('style').length,"
        " document.querySelectorAll('iframe, object, embed, link, form, animate').length,"
        " [...document.querySelectorAll('*')].filter((e) => [...e.attributes].some((a) => /^on/i.test(a.name))).length,"
        " [...document.querySelectorAll('a')].filter((a) => !a.getAttribute('href').startsWith('#')).length]"
    )
    assert elements == [4, 0, 1, 0, 0, 0]
    assert page.title().startswith("BLOCKED: ")
    one.check(file)


def test_name_is_shown_with_what_is_invisible_in_it(page_of: Callable[[str], Path], opened: Any) -> None:
    page = opened(page_of(NAMES["direction"])).page
    shown = page.inner_text("table.findings")
    assert "\\u{202e}gnp.exe\\u{202c}" in shown
    assert not {"\u202e", "\u2066", "\u200b", "\ufeff"} & set(page.content())


def test_name_is_shown_as_it_is_written(page_of: Callable[[str], Path], opened: Any) -> None:
    page = opened(page_of(NAMES["end of data"])).page
    assert "</script><img src=x onerror=alert(1)>" in page.inner_text("table.findings")


def test_name_of_a_hundred_thousand_letters_leaves_the_page_usable(page_of: Callable[[str], Path], opened: Any) -> None:
    file = page_of("ä<b>" * 25_000)
    assert file.stat().st_size < 400_000
    one = opened(file, width=390)
    assert one.page.evaluate("document.documentElement.scrollWidth") == 390
    one.page.locator(".graph").scroll_into_view_if_needed()
    assert one.page.locator(".item.node").first.bounding_box()["width"] < 390
    one.check(file)


def test_the_policy_alone_stops_a_script(page_of: Callable[[str], Path], opened: Any, tmp_path: Path) -> None:
    """Were anything ever to slip through, the browser would still not run it."""
    file = page_of("x")
    broken = tmp_path / "broken.html"
    text = file.read_text(encoding="utf-8")
    broken.write_text(
        text.replace("<footer>", "<footer><script>alert(1)</script><img src=x onerror=alert(2)>"), "utf-8"
    )
    one = opened(broken)
    one.page.wait_for_timeout(50)
    assert one.dialogs == []
    assert any("Content Security Policy" in line for line in one.noise)
    assert [url for url in one.requests if url != broken.as_uri()] in ([], [(tmp_path / "x").as_uri()])
