"""The HTML report in a real browser: it loads, it can be searched, walked and clicked through, and it prints."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from planguard.model import Report

CASCADE = Path(__file__).parents[1] / "fixtures" / "cascade" / "plan.json"
ROWS = "table.findings tbody tr.finding"


def rows(page: Any) -> list[str]:
    """The addresses of the findings in sight."""
    return [row.inner_text() for row in page.query_selector_all(f"{ROWS} .toggle")]


def node(page: Any, name: str) -> Any:
    """The node of the picture whose description starts like that."""
    return page.locator(f'.item[aria-label^="{name}"]')


def test_page_loads_nothing_and_complains_about_nothing(written: Callable[..., Path], opened: Any) -> None:
    file = written(CASCADE)
    for scheme in ("light", "dark"):
        for width in (390, 1280):
            one = opened(file, width=width, color_scheme=scheme)
            assert "human's consent" in one.page.inner_text("h1")
            one.page.locator(".graph").scroll_into_view_if_needed()
            one.page.wait_for_selector(".item.begins")
            # Nothing sticks out: a page that scrolls sideways cannot be read on a phone.
            assert one.page.evaluate("document.documentElement.scrollWidth") == width
            one.check(file)


def test_search_and_filters_narrow_the_findings(written: Callable[..., Path], opened: Any) -> None:
    page = opened(written(CASCADE)).page
    assert rows(page) == ['module.shop["eu"].aws_instance.web and 1 other', "the whole plan", "aws_subnet.private × 3",
                          "aws_vpc.main"]  # fmt: skip
    page.fill("input[type=search]", "SUBNET gone")
    assert rows(page) == ["aws_subnet.private × 3"]
    assert page.inner_text(".found") == "3 of 7 findings"
    page.fill("input[type=search]", "subnet.private[1]")
    assert rows(page) == ["aws_subnet.private[1]"]
    page.fill("input[type=search]", "")
    page.click(".chip.s4")
    assert rows(page) == ['module.shop["eu"].aws_instance.web and 1 other']
    assert page.get_attribute(".chip.s4", "aria-pressed") == "true"
    page.click(".chip.s4")
    assert len(rows(page)) == 4


def test_finding_opens_with_all_that_is_known(written: Callable[..., Path], opened: Any) -> None:
    page = opened(written(CASCADE)).page
    page.click(f"{ROWS} .toggle >> nth=0")
    detail = " ".join(page.inner_text("tr.detail").split())
    for part in (
        "Lost",
        "Why the first",
        "aws_vpc.main → aws_subnet.private[0] →",
        "Belongs to",
        "production",
        "Safer",
    ):
        assert part in detail
    page.click(f"{ROWS} .toggle >> nth=0")
    assert page.query_selector("tr.detail") is None


def test_click_on_a_node_leads_to_its_finding(written: Callable[..., Path], opened: Any) -> None:
    page = opened(written(CASCADE)).page
    node(page, "aws_subnet.private,").click()
    assert page.evaluate("document.activeElement.className") == "mono toggle"
    assert page.evaluate("document.activeElement.innerText") == "aws_subnet.private × 3"
    assert "aws_subnet.private[2]" in page.inner_text("tr.detail .objects")


def test_node_that_shares_its_row_is_shown_alone(written: Callable[..., Path], opened: Any) -> None:
    page = opened(written(CASCADE)).page
    node(page, 'module.shop["us"].aws_instance.web'.replace('"', '\\"')).click()
    assert rows(page) == ['module.shop["us"].aws_instance.web']
    page.click(".only button")
    assert len(rows(page)) == 4


def test_hover_says_why(written: Callable[..., Path], opened: Any) -> None:
    page = opened(written(CASCADE)).page
    node(page, "aws_vpc.main").hover()
    tip = page.inner_text(".tip")
    assert 'Why: cidr_block changes from "10.50.0.0/16" to "10.60.0.0/16"' in tip
    dark = page.query_selector_all(".items .item:not(.on)")
    assert dark == []  # everything here follows from it
    node(page, "aws_db_subnet_group.orders").hover()
    assert {item.get_attribute("aria-label").split(",")[0] for item in page.query_selector_all(".items .item.on")} == {
        "aws_vpc.main",
        "aws_subnet.private",
        "aws_db_subnet_group.orders",
        'module.shop["eu"].aws_db_instance.orders',
        'module.shop["us"].aws_db_instance.orders',
    }


def test_keyboard_walks_the_picture(written: Callable[..., Path], opened: Any) -> None:
    page = opened(written(CASCADE)).page
    label = "document.activeElement.getAttribute('aria-label')"
    node(page, "aws_vpc.main").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate(label).startswith("aws_subnet.private, 3 objects, replace, high")
    assert page.is_visible(".tip")
    assert page.evaluate("document.querySelectorAll('.sheet [tabindex=\"0\"]').length") == 1
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.innerText") == "aws_subnet.private × 3"


def test_modules_close_and_open(written: Callable[..., Path], opened: Any) -> None:
    page = opened(written(CASCADE)).page
    one = page.locator('.group[aria-label^="module.shop,"]')
    assert one.get_attribute("aria-expanded") == "true"
    one.focus()
    page.keyboard.press("Enter")
    assert one.get_attribute("aria-expanded") == "false"
    assert one.get_attribute("aria-label") == "module.shop, 4 objects: 2 critical"
    assert page.locator('.item[aria-label*="aws_instance.web"]').count() == 0
    one.click()
    assert page.locator('.item[aria-label*="aws_instance.web"]').count() == 2


def test_finding_leads_back_to_the_picture(written: Callable[..., Path], opened: Any) -> None:
    page = opened(written(CASCADE)).page
    page.locator('.group[aria-label^="module.shop,"]').focus()
    page.keyboard.press("Enter")
    page.click(f"{ROWS} .toggle >> nth=0")
    page.click("text=Show it in the picture")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith(
        'module.shop["eu"].aws_instance'
    )


def test_zoom_keeps_the_point_under_the_wheel(written: Callable[..., Path], opened: Any) -> None:
    page = opened(written(CASCADE)).page
    page.wait_for_timeout(100)
    where = node(page, "aws_subnet.private,").bounding_box()
    x, y = where["x"] + where["width"] / 2, where["y"] + where["height"] / 2
    page.mouse.move(x, y)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -100)
    page.mouse.wheel(0, -100)
    page.keyboard.up("Control")
    after = node(page, "aws_subnet.private,").bounding_box()
    assert after["width"] > where["width"] * 1.2
    assert after["x"] + after["width"] / 2 == pytest.approx(x, abs=3)
    assert after["y"] + after["height"] / 2 == pytest.approx(y, abs=3)


def test_drag_moves_the_picture_and_opens_nothing(written: Callable[..., Path], opened: Any) -> None:
    page = opened(written(CASCADE)).page
    page.wait_for_timeout(100)
    where = node(page, "aws_subnet.private,").bounding_box()
    page.mouse.move(where["x"] + 20, where["y"] + 20)
    page.mouse.down()
    page.mouse.move(where["x"] + 80, where["y"] + 50, steps=4)
    page.mouse.up()
    after = node(page, "aws_subnet.private,").bounding_box()
    assert (after["x"] - where["x"], after["y"] - where["y"]) == (pytest.approx(60, abs=2), pytest.approx(30, abs=2))
    assert page.query_selector("tr.detail") is None


def test_cause_names_its_casualties(written: Callable[..., Path], opened: Any) -> None:
    page = opened(written(CASCADE)).page
    (cause,) = page.query_selector_all(".cause")
    assert [line for line in cause.inner_text().split("\n") if line][:2] == [
        "aws_vpc.main",
        'cidr_block changes from "10.50.0.0/16" to "10.60.0.0/16", and that cannot be done in place',
    ]
    cause.query_selector(".line").click()
    assert page.evaluate("document.activeElement.innerText") == 'module.shop["eu"].aws_instance.web and 1 other'


def test_several_plans_and_all_kinds_of_remarks(losses: Report, clean: Report, written: Any, opened: Any) -> None:
    file = written(losses, clean)
    one = opened(file)
    text = one.page.inner_text("main")
    for part in ("Cannot be told", "Waived beforehand", "rebuilt every night (ops, until 2027-01-31)", "Notes",
                 "A waiver for aws_instance.old ended", "What the function does is unseen.", "PASS"):  # fmt: skip
        assert part in text
    assert [link.get_attribute("href") for link in one.page.query_selector_all(".plans a")] == ["#p0", "#p1"]
    one.check(file)


def test_many_plans_the_worst_first_and_those_with_nothing_to_tell_in_one_line(
    losses: Report, clean: Report, written: Any, opened: Any
) -> None:
    plan = clean.assessment.plan
    silent = [
        clean._replace(assessment=clean.assessment._replace(plan=plan._replace(source=f"a/{number}.json")))
        for number in range(18)
    ]
    file = written(*silent, losses)
    one = opened(file)
    assert [link.get_attribute("href") for link in one.page.query_selector_all(".plans a")] == ["#p0"]
    assert "18 more plans with nothing to tell" in one.page.inner_text(".plans .silent")
    assert "a/17.json" not in one.page.inner_text("main")
    one.page.click(".plans .silent summary")
    assert "a/17.json" in one.page.inner_text("main") and "a/17.json" not in one.page.inner_text("h1")
    one.check(file)


def test_link_with_a_fingerprint_opens_that_finding(losses: Report, written: Any, opened: Any) -> None:
    page = opened(written(losses)).page
    page.evaluate("location.hash = 'c'.repeat(64)")
    page.wait_for_selector("tr.detail")
    assert page.evaluate("document.activeElement.innerText") == "aws_subnet.private[0]"


def test_without_scripts_the_verdict_and_the_findings_are_there(written: Any, opened: Any) -> None:
    page = opened(written(CASCADE), java_script_enabled=False).page
    assert "consent" in page.inner_text("h1")
    assert 'module.shop["eu"].aws_instance.web' in page.inner_text("noscript")


def test_print_shows_the_whole_picture_and_the_details(written: Any, opened: Any, tmp_path: Path) -> None:
    page = opened(written(CASCADE)).page
    page.pdf(path=str(tmp_path / "page.pdf"), format="A4")
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    box, sheet = (
        node(page, 'module.shop[\\"us\\"].aws_db_instance').bounding_box(),
        page.locator(".sheet").bounding_box(),
    )
    assert sheet["x"] <= box["x"] and box["x"] + box["width"] <= sheet["x"] + sheet["width"]
    assert sheet["y"] <= box["y"] and box["y"] + box["height"] <= sheet["y"] + sheet["height"]
    assert page.locator("tr.detail").count() == 4
    assert not page.is_visible(".tools")


def test_thousands_of_findings_stay_usable(many: Callable[[int], Report], written: Any, opened: Any) -> None:
    report = many(10_000)
    findings = tuple(
        finding._replace(message=f"{finding.message} {number}")  # nothing alike that one row could tell of
        for number, finding in enumerate(report.assessment.findings)
    )
    file = written(report._replace(assessment=report.assessment._replace(findings=findings)))
    one = opened(file)
    assert one.page.locator(ROWS).count() == 60
    took = one.page.evaluate(
        "() => { const field = document.querySelector('input[type=search]'); field.value = 'shard[\"07777';"
        "const start = performance.now(); field.dispatchEvent(new Event('input')); return performance.now() - start; }"
    )
    assert one.page.locator(ROWS).count() == 1
    assert took < 1000
    one.check(file)
