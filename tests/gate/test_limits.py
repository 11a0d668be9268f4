"""How long a run may wait for its host, as the environment says."""

from __future__ import annotations

from typing import Any

import pytest

from planguard.errors import UsageError
from planguard.hosts.rest import PATIENCE, TIMEOUT, limits


def test_the_environment_sets_them() -> None:
    assert limits({}) == (TIMEOUT, PATIENCE)
    assert limits({"PLANGUARD_HTTP_TIMEOUT": "2.5", "PLANGUARD_HTTP_PATIENCE": "0"}) == (2.5, 0.0)


@pytest.mark.parametrize("value", ["soon", "-1", "nan", "inf", "1e9", "0"])
def test_a_value_that_is_no_time_is_refused(value: str) -> None:
    with pytest.raises(UsageError, match="PLANGUARD_HTTP_TIMEOUT is a number of seconds"):
        limits({"PLANGUARD_HTTP_TIMEOUT": value})


def test_the_command_says_so(stage: Any) -> None:
    ran = stage().gate(PLANGUARD_HTTP_PATIENCE="for ever")
    assert ran.code == 2 and "PLANGUARD_HTTP_PATIENCE" in ran.err and not ran.calls
