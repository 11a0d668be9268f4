"""What GitLab CI says of a run, as far as the gate takes its word for it."""

from __future__ import annotations

from typing import Any

import pytest

from fakegitlab import NOON
from planguard.cli.hosting import Meant, bot_of, meant
from planguard.errors import HostError, UsageError
from planguard.forge import Account
from planguard.hosts import gitlab_shapes as shapes

HEAD, MERGED = "a" * 40, "b" * 40
RUN = {"GITLAB_CI": "true", "CI_MERGE_REQUEST_IID": "7", "CI_COMMIT_SHA": HEAD}


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        (RUN, Meant(7, HEAD)),
        ({**RUN, "CI_MERGE_REQUEST_EVENT_TYPE": "detached"}, Meant(7, HEAD)),
        ({**RUN, "CI_COMMIT_SHA": MERGED, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": HEAD}, Meant(7, HEAD)),
        ({**RUN, "CI_COMMIT_SHA": "main"}, Meant(7, None)),
        (
            {**RUN, "CI_MERGE_REQUEST_EVENT_TYPE": "merge_train"},
            Meant(None, HEAD, "refs/merge-requests/7/train"),
        ),
    ],
)
def test_which_merge_request_is_meant(env: dict[str, str], expected: Meant) -> None:
    assert meant("gitlab", None, None, env) == expected


@pytest.mark.parametrize("iid", ["", "x", "-1", "٧"])
def test_no_merge_request(iid: str) -> None:
    env = {**RUN, "CI_MERGE_REQUEST_IID": iid, "CI_MERGE_REQUEST_EVENT_TYPE": "merge_train"}
    with pytest.raises(UsageError, match="No pull request"):
        meant("gitlab", None, None, env)


class _Host:
    name = "gitlab"

    def __init__(self, account: Account | None) -> None:
        self.account = account

    def me(self) -> Account | None:
        return self.account


def test_whose_comments_are_planguards_own() -> None:
    host: Any = _Host(Account("project_7_bot", 7, "Bot"))
    assert bot_of(host, "") == "project_7_bot"
    assert bot_of(host, "acme-planguard") == "acme-planguard"
    with pytest.raises(HostError, match="whose comments"):
        bot_of(_Host(None), "")  # type: ignore[arg-type]  # no more of a host is needed


# --- shapes that GitLab does not document ----------------------------------------------------------------------------


def _nobody(person: shapes.PersonShape | None) -> Account | None:
    return None


def test_a_label_event_of_an_unknown_kind_is_an_error() -> None:
    shape: shapes.LabelEventShape = {"id": 1, "user": None, "created_at": NOON, "label": None, "action": "borrow"}
    with pytest.raises(HostError, match="neither adds nor removes"):
        shapes.label_event(shape, _nobody, {}, "GET /x")


def test_a_time_without_its_zone_is_an_error() -> None:
    with pytest.raises(HostError, match="without its zone"):
        shapes.moment(NOON.replace(tzinfo=None), "GET /x")


@pytest.mark.parametrize("identity", ["7", "gid://gitlab/User/0", "gid://gitlab/User/7/8", "gid://github/User/7", ""])
def test_a_name_of_another_form_is_an_error(identity: str) -> None:
    with pytest.raises(HostError, match="another form"):
        shapes.number(identity, "POST graphql")


@pytest.mark.parametrize(
    ("login", "gone"), [("ghost", True), ("Ghost1", True), ("ghostbuster", False), ("a-ghost", False)]
)
def test_the_ghost(login: str, gone: bool) -> None:
    assert shapes.gone(login) is gone
