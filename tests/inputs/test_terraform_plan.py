"""What the elements of a plan mean."""

from __future__ import annotations

import pytest

from plan_documents import change, only, plan, read
from planguard.errors import InputError
from planguard.model import UNKNOWN, Action, Sensitive


@pytest.mark.parametrize(
    ("actions", "expected", "create_first", "old_kept"),
    [
        (["create"], Action.CREATE, False, False),
        (["update"], Action.UPDATE, False, False),
        (["delete"], Action.DELETE, False, False),
        (["forget"], Action.FORGET, False, False),
        (["delete", "create"], Action.REPLACE, False, False),
        (["create", "delete"], Action.REPLACE, True, False),
        (["create", "forget"], Action.REPLACE, True, True),
        (["forget", "create"], Action.REPLACE, False, True),
    ],
)
def test_actions(tmp_path, actions, expected, create_first, old_kept):
    found = only(read(tmp_path, plan(change(actions=actions))))
    assert (found.action, found.create_first, found.old_kept) == (expected, create_first, old_kept)
    assert found.actions == tuple(actions)


@pytest.mark.parametrize(
    "actions",
    [[], ["destroy"], ["delete", "delete"], ["read"], ["no-op", "delete"], "delete", None, [1], {"delete": 1}],
)
def test_an_action_that_is_not_known_is_undecided_and_names_the_address(tmp_path, actions):
    found = read(tmp_path, plan(change("t.a", actions=actions)))
    assert only(found).action is Action.UNKNOWN
    assert [(item.rule, item.address) for item in found.undecided] == [("unknown-action", "t.a")]


def test_a_reason_never_decides(tmp_path):
    kept = change(actions=["no-op"], action_reason="delete_because_no_resource_config")
    found = read(tmp_path, plan(kept))
    assert found.changes == ()
    forgotten = change(actions=["forget"], action_reason="delete_because_no_resource_config")
    assert only(read(tmp_path, plan(forgotten))).action is Action.FORGET


def test_data_sources_and_ephemeral_resources_are_no_changes(tmp_path):
    found = read(
        tmp_path,
        plan(
            change("data.aws_ami.a", actions=["read"], mode="data", type="aws_ami", name="a"),
            change("data.aws_ami.b", actions=["no-op"], mode="data", type="aws_ami", name="b"),
            change("ephemeral.t.n", actions=["open"], mode="ephemeral", type="t", name="n"),
        ),
    )
    assert (found.changes, found.unchanged, found.undecided, found.counts) == ((), (), (), {})


@pytest.mark.parametrize(
    ("address", "mode", "actions"),
    [("data.t.n", "data", ["delete"]), ("data.t.n", "data", []), ("ephemeral.t.n", "ephemeral", ["delete"])],
)
def test_what_is_only_read_must_not_do_more(tmp_path, address, mode, actions):
    found = read(tmp_path, plan(change(address, actions=actions, mode=mode, type="t", name="n")))
    assert [(item.rule, item.address) for item in found.undecided] == [("unknown-action", address)]


def test_a_mode_that_is_missing_is_read_off_the_address(tmp_path):
    found = read(tmp_path, plan(change("data.t.n", actions=["read"], mode=None), change("t.n", mode=None)))
    assert only(found).resource.address == "t.n"
    assert found.undecided == ()


def test_counts_have_everything_managed(tmp_path):
    found = read(
        tmp_path,
        plan(
            change("t.a", actions=["no-op"]),
            change("t.b", actions=["no-op"], previous_address="t.old"),
            change("t.c", actions=["delete"]),
            change("t.a", actions=["delete"], deposed="abcd1234"),
            change("data.t.d", actions=["read"], mode="data"),
        ),
    )
    assert found.counts == {"no-op": 2, "delete": 2}
    assert [item.address for item in found.unchanged] == ["t.a"]


def test_what_moves_is_imported_or_deposed_is_a_change_without_an_action(tmp_path):
    found = read(
        tmp_path,
        plan(
            change("t.a", actions=["no-op"], previous_address="t.old"),
            change("t.b", actions=["no-op"], importing={"id": "i-1"}),
            change("t.c", actions=["no-op"], importing={"identity": {"account": "1", "name": "x"}}),
            change("t.d", actions=["no-op"], deposed="abcd1234"),
            change("t.e", actions=["delete", "create"], importing={"id": "i-2"}),
        ),
    )
    by_address = {item.resource.address: item for item in found.changes}
    assert by_address["t.a"].previous_address == "t.old"
    assert by_address["t.b"].importing == "i-1"
    assert by_address["t.c"].importing == "account=1, name=x"
    assert by_address["t.d"].deposed == "abcd1234"
    assert (by_address["t.e"].action, by_address["t.e"].importing) == (Action.REPLACE, "i-2")


def test_a_deposed_object_stands_beside_the_live_one(tmp_path):
    found = read(tmp_path, plan(change("t.a", actions=["no-op"]), change("t.a", deposed="abcd1234")))
    assert (only(found).deposed, only(found).action) == ("abcd1234", Action.DELETE)


@pytest.mark.parametrize("deposed", [None, "abcd1234"])
def test_two_changes_of_one_object_are_refused(tmp_path, deposed):
    with pytest.raises(InputError, match="Two changes") as caught:
        read(tmp_path, plan(change("t.a", deposed=deposed), change("t.a", actions=["no-op"], deposed=deposed)))
    assert "$.resource_changes[1]" in str(caught.value)


def test_previews_mark_everything_as_deposed(tmp_path):
    created = read(tmp_path, plan(change("t.a", actions=["create"], deposed=True, before=None)))
    assert only(created).deposed is None
    assert any("preview" in note.text for note in created.notes)
    assert only(read(tmp_path, plan(change("t.a", actions=["delete"], deposed=True)))).deposed is not None


def test_values_carry_their_marks(tmp_path):
    found = only(
        read(
            tmp_path,
            plan(
                change(
                    actions=["update"],
                    before={"id": "i", "password": "hunter22"},
                    after={"id": "i", "password": "hunter33"},
                    after_unknown={"arn": True},
                    before_sensitive={"password": True},
                    after_sensitive={"password": True},
                )
            ),
        )
    )
    assert found.before is not None and found.after is not None
    assert isinstance(found.before.get("password"), Sensitive)
    assert found.after.get("password") == "hunter33"
    assert found.after.get("arn") is UNKNOWN
    assert found.physical_id == "i"


def test_a_sensitive_id_is_not_told(tmp_path):
    assert only(read(tmp_path, plan(change(before_sensitive={"id": True})))).physical_id is None
    assert only(read(tmp_path, plan(change(before_sensitive=True)))).physical_id is None


def test_values_that_are_no_attributes_are_undecided(tmp_path):
    found = read(tmp_path, plan(change("t.a", before=["x"])))
    assert [(item.rule, item.address) for item in found.undecided] == [("unreadable-change", "t.a")]


def test_an_element_that_names_two_types_is_undecided(tmp_path):
    found = read(tmp_path, plan(change("aws_db_instance.a", type="null_resource", name="a")))
    assert [(item.rule, item.address) for item in found.undecided] == [("unreadable-change", "aws_db_instance.a")]
    assert only(found).resource.type == "aws_db_instance"


def test_replace_paths_keep_names_and_numbers(tmp_path):
    found = only(read(tmp_path, plan(change(replace_paths=[["a", 0, "b"], ["c"], ["d", {"set": 1}, "e"]]))))
    assert found.replace_paths == (("a", 0, "b"), ("c",), ("d",))


@pytest.mark.parametrize(
    ("address", "more", "expected"),
    [
        ("t.n", {}, ("", None, "t.n")),
        ("t.n[2]", {"index": 2}, ("", 2, "t.n")),
        ('t.n["2"]', {"index": "2"}, ("", "2", "t.n")),
        (
            'module.a["x.y/*"].t.n["q.r"]',
            {"module_address": 'module.a["x.y/*"]'},
            ('module.a["x.y/*"]', "q.r", "module.a.t.n"),
        ),
        (
            'module.a["x.y"].t.n',
            {"module_address": None, "type": None, "name": None},
            ('module.a["x.y"]', None, "module.a.t.n"),
        ),
    ],
)
def test_a_resource_knows_its_place(tmp_path, address, more, expected):
    base = {"type": "t", "name": "n"} | more
    resource = only(read(tmp_path, plan(change(address, **base)))).resource
    assert (resource.module, resource.key, resource.config) == expected
    assert (resource.address, resource.type, resource.name) == (address, "t", "n")


@pytest.mark.parametrize(
    ("written", "kind", "expected"),
    [
        ("registry.terraform.io/hashicorp/aws", "aws_vpc", "aws"),
        ("registry.opentofu.org/hashicorp/google-beta", "google_x", "google"),
        ("terraform.io/builtin/terraform", "terraform_data", "builtin"),
        ("aws", "aws_vpc", "aws"),
        ("aws.primary", "aws_vpc", "aws"),
        ("provider.aws", "aws_vpc", "aws"),
        ("example.com/acme/my.cloud", "my_vm", "my.cloud"),
        (None, "azurerm_key_vault", "azurerm"),
        (None, "terraform_data", "builtin"),
    ],
)
def test_provider_names(tmp_path, written, kind, expected):
    assert only(read(tmp_path, plan(change(f"{kind}.n", provider_name=written)))).resource.provider == expected


def test_drift_is_the_past_and_decides_nothing(tmp_path):
    found = read(
        tmp_path,
        plan(
            resource_drift=[
                change("t.a"),
                change("t.b", actions=["odd"]),
                {"mode": "managed", "change": {"actions": []}},
            ]
        ),
    )
    assert [item.resource.address for item in found.drift] == ["t.a", "t.b"]
    assert (found.changes, found.undecided) == ((), ())
    assert any("does not name" in note.text for note in found.notes)


def test_deferred_changes_carry_the_reason_of_the_deferral(tmp_path):
    element = change("t.a", actions=["create"], action_reason="replace_by_request")
    found = read(tmp_path, plan(deferred_changes=[{"reason": "provider_config_unknown", "resource_change": element}]))
    assert [(item.resource.address, item.action, item.reason) for item in found.deferred] == [
        ("t.a", Action.CREATE, "provider_config_unknown")
    ]


def test_the_state_tells_who_depends_on_whom(tmp_path):
    def held(address, *depends_on, mode="managed"):
        return {"address": address, "mode": mode, "values": {}, "depends_on": list(depends_on)}

    below = {
        "address": 'module.a["x.y"]',
        "resources": [held('module.a["x.y"].t.n[0]', "t.c", "data.t.d", "module.data.t.e")],
    }
    root = {
        "resources": [held("t.b[0]", "t.c"), held("t.b[1]", "t.d"), held("data.t.x", "t.c", mode="data")],
        "child_modules": [below],
    }
    found = read(tmp_path, plan(prior_state={"format_version": "1.0", "values": {"root_module": root}}))
    assert found.has_prior_state
    assert found.state_edges == {"t.b": ("t.c", "t.d"), "module.a.t.n": ("t.c", "module.data.t.e")}


def test_a_state_of_data_sources_is_no_state_from_before(tmp_path):
    root = {"resources": [{"address": "data.t.x", "mode": "data", "values": {}}]}
    assert not read(tmp_path, plan(prior_state={"values": {"root_module": root}})).has_prior_state


def test_what_the_plan_says_of_itself(tmp_path):
    found = read(tmp_path, plan(complete=False, applyable=False, errored=True))
    assert (found.complete, found.applyable, found.errored) == (False, False, True)
    old = plan()
    for key in ("complete", "applyable", "errored"):
        del old[key]
    found = read(tmp_path, old)
    assert (found.complete, found.applyable, found.errored) == (None, None, False)
    assert (found.version, found.tool, found.format) == ("1.11.4", "terraform", "terraform-plan")


def test_opentofu_is_known_by_its_registry_unless_terraform_signs(tmp_path):
    tofu = change(provider_name="registry.opentofu.org/hashicorp/aws")
    document = plan(tofu)
    del document["applyable"]
    assert read(tmp_path, document).tool == "opentofu"
    assert read(tmp_path, plan(tofu)).tool == "terraform"


def test_checks_and_actions_are_told(tmp_path):
    found = read(
        tmp_path,
        plan(
            checks=[{"address": {"to_display": "check.alive"}, "status": "fail"}, {"address": {}, "status": "pass"}],
            action_invocations=[{"address": "action.restart.db"}],
        ),
    )
    told = " ".join(note.text for note in found.notes)
    assert "check.alive" in told
    assert "action.restart.db" in told


def test_planned_objects_without_any_changes_are_undecided(tmp_path):
    resource = {"address": "t.a", "mode": "managed", "values": {}}
    document = plan(planned_values={"root_module": {"child_modules": [{"resources": [resource]}]}})
    del document["resource_changes"]
    assert [item.rule for item in read(tmp_path, document).undecided] == ["changes-missing"]
    assert read(tmp_path, document | {"errored": True}).undecided == ()
    assert read(tmp_path, document | {"planned_values": {"root_module": {}}}).undecided == ()
