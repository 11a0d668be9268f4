"""Deletes that are really moves: right pairs found, wrong pairs never, ambiguous ones named."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from planguard.causes import Moves, moves
from planguard.graph import without_keys
from planguard.model import UNKNOWN, Action, Change, Plan, Resource, Values


def resource(address: str) -> Resource:
    """A resource with everything that its address tells."""
    config = without_keys(address)
    kind, name = config.rsplit(".", 2)[-2:]
    local = address[address.rindex(f"{kind}.{name}") :]
    written = local[len(kind) + len(name) + 1 :].strip("[]")
    key: str | int | None = None if not written else written.strip('"') if '"' in written else int(written)
    module = address[: -len(local)].rstrip(".")
    return Resource(address=address, type=kind, name=name, provider="aws", module=module, key=key, config=config)


def gone(address: str, **attributes: Any) -> Change:
    """A delete."""
    return Change(resource=resource(address), action=Action.DELETE, before=Values.of(attributes))


def made(address: str, **attributes: Any) -> Change:
    """A create; what the provider works out is not known yet."""
    values: Mapping[str, Any] = {"id": UNKNOWN, "arn": UNKNOWN, **attributes}
    return Change(resource=resource(address), action=Action.CREATE, after=Values.of(values))


def found(*changes: Change, unchanged: tuple[str, ...] = ()) -> Moves:
    """The moves of a plan with these changes."""
    rest = tuple(map(resource, unchanged))
    return moves(Plan(source="x", format="terraform-plan", changes=changes, unchanged=rest))


def pairs(result: Moves) -> set[tuple[str, str]]:
    """Old and new addresses."""
    return {(move.old, move.new) for move in result.pairs}


BUCKET = {"bucket": "acme-uploads", "force_destroy": False, "region": "eu-west-1"}
INSTANCE = {"ami": "ami-1", "instance_type": "m6i.large", "availability_zone": "eu-west-1a", "monitoring": True}


def test_same_name_in_the_cloud() -> None:
    result = found(gone("aws_s3_bucket.a", id="acme-uploads", **BUCKET), made("aws_s3_bucket.b", **BUCKET))
    assert pairs(result) == {("aws_s3_bucket.a", "aws_s3_bucket.b")}
    assert result.pairs[0].certainty == "certain"
    assert result.pairs[0].block == "moved {\n  from = aws_s3_bucket.a\n  to   = aws_s3_bucket.b\n}"


def test_another_name_is_another_thing() -> None:
    other = {**BUCKET, "bucket": "acme-archive"}
    assert pairs(found(gone("aws_s3_bucket.a", **BUCKET), made("aws_s3_bucket.b", **other))) == set()


def test_the_same_name_elsewhere_is_another_thing() -> None:
    other = {**BUCKET, "region": "us-east-1"}
    assert pairs(found(gone("aws_s3_bucket.a", **BUCKET), made("aws_s3_bucket.b", **other))) == set()
    old = gone("kubernetes_deployment.a", metadata=[{"name": "web", "namespace": "blue"}], spec="x")
    new = made("kubernetes_deployment.b", metadata=[{"name": "web", "namespace": "green"}], spec="x")
    assert pairs(found(old, new)) == set()


def test_children_without_a_name_go_with_their_parent() -> None:
    result = found(
        gone("aws_s3_bucket.a", **BUCKET),
        gone("aws_s3_bucket_versioning.a", bucket="acme-uploads", status="Enabled"),
        made("aws_s3_bucket.b", **BUCKET),
        made("aws_s3_bucket_versioning.b", bucket=UNKNOWN, status="Enabled"),
    )
    assert ("aws_s3_bucket_versioning.a", "aws_s3_bucket_versioning.b") in pairs(result)


def test_a_whole_module_is_one_block() -> None:
    result = found(
        gone("module.db.aws_s3_bucket.x", **BUCKET),
        gone("module.db.aws_thing.y", size=1),
        made("module.database.aws_s3_bucket.x", **BUCKET),
        made("module.database.aws_thing.y", size=1),
        unchanged=("aws_s3_bucket.other",),
    )
    assert len(result.pairs) == 2
    assert result.blocks == (("module.db", "module.database"),)
    assert "module.database" in result.covering(result.pairs[1])


def test_a_module_of_which_something_stays_is_moved_piece_by_piece() -> None:
    result = found(
        gone("module.db.aws_s3_bucket.x", **BUCKET),
        made("module.database.aws_s3_bucket.x", **BUCKET),
        unchanged=("module.db.aws_s3_bucket.other",),
    )
    assert result.blocks == (("module.db.aws_s3_bucket.x", "module.database.aws_s3_bucket.x"),)


def test_count_to_for_each_by_name() -> None:
    old = [gone(f"aws_s3_bucket.b[{i}]", bucket=f"acme-{n}", region="eu") for i, n in enumerate(("red", "blue"))]
    new = [made(f'aws_s3_bucket.b["{n}"]', bucket=f"acme-{n}", region="eu") for n in ("red", "blue")]
    assert pairs(found(*old, *new)) == {
        ("aws_s3_bucket.b[0]", 'aws_s3_bucket.b["red"]'),
        ("aws_s3_bucket.b[1]", 'aws_s3_bucket.b["blue"]'),
    }


def test_all_keys_of_a_resource_are_one_block() -> None:
    names = ("red", "blue")
    old = [gone(f'aws_s3_bucket.old["{n}"]', bucket=f"acme-{n}", region="eu") for n in names]
    new = [made(f'aws_s3_bucket.new["{n}"]', bucket=f"acme-{n}", region="eu") for n in names]
    assert found(*old, *new).blocks == (("aws_s3_bucket.old", "aws_s3_bucket.new"),)


def test_all_instances_of_a_module_are_one_block() -> None:
    old = [gone(f"module.a[{i}].aws_s3_bucket.b", bucket=f"acme-{i}", region="eu") for i in range(2)]
    new = [made(f"module.b[{i}].aws_s3_bucket.b", bucket=f"acme-{i}", region="eu") for i in range(2)]
    assert found(*old, *new).blocks == (("module.a", "module.b"),)
    staying = found(*old, *new, unchanged=("module.a[2].aws_s3_bucket.b",))
    assert staying.blocks == (("module.a[0]", "module.b[0]"), ("module.a[1]", "module.b[1]"))


def test_twins_without_names_are_ambiguous() -> None:
    old = [gone(f"aws_instance.web[{i}]", **INSTANCE) for i in range(2)]
    new = [made(f'aws_instance.web["{k}"]', **INSTANCE) for k in "ab"]
    result = found(*old, *new)
    assert pairs(result) == set()
    assert dict(result.ambiguous)["aws_instance.web[0]"] == ('aws_instance.web["a"]', 'aws_instance.web["b"]')


def test_twins_in_renamed_modules_keep_their_keys() -> None:
    old = [gone(f"module.a.aws_instance.web[{i}]", **INSTANCE) for i in range(2)]
    new = [made(f"module.b.aws_instance.web[{i}]", **INSTANCE) for i in range(2)]
    result = found(*old, *new)
    assert pairs(result) == {(f"module.a.aws_instance.web[{i}]", f"module.b.aws_instance.web[{i}]") for i in range(2)}


def test_a_new_spelling_of_a_key_is_likely_and_names_what_would_be_renamed() -> None:
    old = gone('aws_dynamodb_table.t["orders"]', name="prod-orders", hash_key="pk")
    new = made('aws_dynamodb_table.t["orders-v2"]', name="prod-orders-v2", hash_key="pk")
    (move,) = found(old, new).pairs
    assert (move.certainty, move.renamed) == ("likely", ("name",))


def test_one_customer_leaves_and_another_one_comes() -> None:
    old = gone('aws_dynamodb_table.t["acme"]', name="prod-acme", hash_key="pk")
    new = made('aws_dynamodb_table.t["globex"]', name="prod-globex", hash_key="pk")
    result = found(old, new)
    assert (result.pairs, dict(result.ambiguous)) == ((), {})


def test_imports_and_deposed_objects_are_no_partners() -> None:
    imported = made("aws_s3_bucket.b", **BUCKET)._replace(importing="acme-uploads")
    ghost = gone("aws_s3_bucket.a", **BUCKET)._replace(deposed="abc")
    assert pairs(found(gone("aws_s3_bucket.a", **BUCKET), imported)) == set()
    assert pairs(found(ghost, made("aws_s3_bucket.b", **BUCKET))) == set()


# --- generated renames: the answer is known ---------------------------------------------------------------------------

KINDS = ("aws_s3_bucket", "aws_dynamodb_table", "aws_instance", "aws_s3_bucket_versioning")


def attributes(kind: str, name: str, random: Random) -> dict[str, Any]:
    """Something of the shape that the provider has."""
    common = {"tags": {"env": "prod"}, "region": "eu-west-1"}
    if kind == "aws_s3_bucket":
        return {**common, "bucket": f"acme-{name}", "force_destroy": random.random() < 0.5}
    if kind == "aws_dynamodb_table":
        return {**common, "name": f"prod-{name}", "hash_key": "pk", "billing_mode": "PAY_PER_REQUEST"}
    if kind == "aws_instance":
        return {**common, "ami": "ami-1", "instance_type": "m6i.large", "tags": {"Name": name}}
    return {"bucket": f"acme-{name}", "status": "Enabled"}


def rename_plan(random: Random) -> tuple[list[Change], list[str], set[tuple[str, str]]]:
    """Changes, unchanged addresses, and the pairs that are really moves."""
    right: set[tuple[str, str]] = set()
    changes: list[Change] = []
    names = random.sample(["orders", "billing", "users", "audit", "search", "media", "ledger", "cache"], 6)
    how = random.choice(["module", "name", "to_for_each", "into_module"])
    for position, name in enumerate(names[:3]):
        for kind in random.sample(KINDS, random.randint(1, 3)):
            before = attributes(kind, name, random)
            old, new = {
                "module": (f"module.old.{kind}.{name}", f"module.new.{kind}.{name}"),
                "name": (f"{kind}.{name}", f"{kind}.{name}_main"),
                "to_for_each": (f"{kind}.all[{position}]", f'{kind}.all["{name}"]'),
                "into_module": (f"{kind}.{name}", f"module.inner.{kind}.{name}"),
            }[how]
            after = dict(before)
            if kind == "aws_s3_bucket_versioning":
                after["bucket"] = UNKNOWN
            if random.random() < 0.3 and "tags" in after:
                after["tags"] = {**after["tags"], "release": "2"}
            changes += [gone(old, id=f"i-{random.random()}", **before), made(new, **after)]
            right.add((old, new))
    # What really goes and what is really new, of the same types, somewhere near.
    for name in names[3:]:
        kind = random.choice(KINDS[:3])
        if random.random() < 0.5:
            changes.append(gone(f"{kind}.{name}", **attributes(kind, name, random)))
        else:
            changes.append(made(f"{kind}.{name}", **attributes(kind, name, random)))
    random.shuffle(changes)
    return changes, ["aws_kms_key.k"], right


def test_generated_renames_have_no_wrong_pair_and_few_missing() -> None:
    asked = missing = 0
    for seed in range(200):
        changes, unchanged, right = rename_plan(Random(seed))
        got = pairs(found(*changes, unchanged=tuple(unchanged)))
        assert got <= right, (seed, got - right)
        # A versioning whose bucket did not move with it has nothing that tells it apart.
        named = {p for p in right if "versioning" not in p[0]}
        asked += len(named)
        missing += len(named - got)
    assert missing <= asked * 0.05


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.randoms(use_true_random=False))
def test_order_of_the_input_changes_nothing(seed: int, random: Random) -> None:
    changes, _, _ = rename_plan(Random(seed))
    mixed = list(changes)
    random.shuffle(mixed)
    assert found(*changes) == found(*mixed)
