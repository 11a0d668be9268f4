"""What counts as the name that a person was asked to type."""

from __future__ import annotations

import pytest

from planguard.consent.challenge import same_name


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("orders", "orders"),
        ("`orders`", "orders"),
        ("aws_db_instance.orders", "orders"),
        ("module.shop.aws_db_instance.orders", "shop.orders"),
        ('module.shop["eu"].aws_db_instance.orders[0]', 'shop["eu"].orders[0]'),
        ("aws_db_instance.main", "aws_db_instance.main"),
    ],
)
def test_the_short_name_or_the_whole_address(typed: str, wanted: str) -> None:
    assert same_name(typed, wanted)


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("", "orders"),
        ("Orders", "orders"),
        ("order", "orders"),
        ("aws_db_instance.orders", "shop.orders"),
        ("module.shop.aws_db_instance.orders", "orders"),
        ("main", "aws_db_instance.main"),
        ("<name>", "orders"),
    ],
)
def test_anything_else_is_another_name(typed: str, wanted: str) -> None:
    assert not same_name(typed, wanted)
