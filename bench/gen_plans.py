"""Makes plans of any size with the shape of real ones: `python -m bench.gen_plans N OUT.json`.

The document is what `terraform show -json` of Terraform 1.11 writes: the same keys in the same order, every object in
`planned_values`, `resource_changes` and `prior_state`, `depends_on` without instance keys and transitive. 82 % no-op,
8 % update, 4 % create, 4 % replace, 2 % delete. By default few blocks with many instances; `--flat`: a block for each.
The same arguments give the same bytes.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import NamedTuple, TextIO

from bench import configuration, shapes_compute, shapes_data, shapes_network
from bench.configuration import COMPONENT, PROVIDER, ROOT, SERVICE, Needs
from bench.shapes import Attributes, dumps, hexadecimal

SHAPES = {**shapes_compute.SHAPES, **shapes_data.SHAPES, **shapes_network.SHAPES}

FORCES = {
    "aws_instance": "ami",
    "aws_s3_bucket": "bucket",
    "aws_security_group": "description",
    "aws_db_instance": "kms_key_id",
    "aws_vpc": "cidr_block",
    "aws_subnet": "cidr_block",
    "aws_dynamodb_table": "hash_key",
    "aws_iam_role": "name",
    "aws_iam_policy": "name",
    "aws_iam_role_policy_attachment": "policy_arn",
    "aws_lb": "name",
    "aws_lb_target_group": "port",
    "aws_route53_record": "name",
    "aws_security_group_rule": "from_port",
    "aws_lambda_function": "function_name",
    "aws_sqs_queue": "name",
    "aws_cloudwatch_log_group": "name",
    "aws_cloudwatch_metric_alarm": "alarm_name",
    "aws_kms_key": "customer_master_key_spec",
}
"""The attribute whose change replaces the object."""
SENSITIVE: Mapping[str, Attributes] = {"aws_db_instance": {"password": True}}
DELETED = (
    "delete_because_no_resource_config",
    "delete_because_each_key",
    "delete_because_count_index",
    "delete_because_no_module",
)


class Written(NamedTuple):
    """What one object adds to the two trees; None where it is not in one of them."""

    planned: str | None
    prior: str | None


class Outcome(NamedTuple):
    """What happens to one object."""

    actions: list[str]
    before: Attributes | None
    after: Attributes | None
    unknown: Attributes
    reason: str | None = None
    forces: str | None = None
    """The attribute that the plan names as the cause."""


def mask(value: Attributes) -> Attributes:
    """A sensitivity mask that marks nothing, in the form in which Terraform writes it."""
    marks: Attributes = {}
    for key, item in value.items():
        if isinstance(item, dict):
            marks[key] = {}
        elif isinstance(item, list):
            marks[key] = [mask(part) if isinstance(part, dict) else False for part in item]
    return marks


def outcome(rng: Random, lot: float, kind: str, attributes: Attributes, danger: float) -> Outcome:
    """What happens to an object, by its lot."""
    if lot < 0.02 * danger:
        return Outcome(["delete"], attributes, None, {}, rng.choice(DELETED))
    if lot < 0.06 * danger:
        return _replaced(rng, FORCES[kind], attributes)
    if lot < 0.10 * danger:
        unknown: Attributes = {key: True for key in ("id", "arn") if key in attributes}
        return Outcome(["create"], None, {key: attributes[key] for key in attributes if key not in unknown}, unknown)
    if lot >= 0.10 * danger + 0.08:
        return Outcome(["no-op"], attributes, attributes, {})
    after = dict(attributes)
    if "tags" in attributes:
        after["tags"] = after["tags_all"] = {**attributes["tags"], "Release": hexadecimal(rng, 7)}
    else:
        after[FORCES[kind]] = attributes.get(FORCES[kind])
    return Outcome(["update"], attributes, after, {})


def _replaced(rng: Random, forcing: str, attributes: Attributes) -> Outcome:
    unknown: Attributes = {key: True for key in ("id", "arn", "private_ip", "unique_id") if key in attributes}
    after = {key: value for key, value in attributes.items() if key not in unknown}
    old = attributes.get(forcing)
    after[forcing] = old + "-v2" if isinstance(old, str) else (old or 0) + 1
    actions = ["create", "delete"] if rng.random() < 0.3 else ["delete", "create"]
    forced = rng.random() < 0.9
    reason = "replace_because_cannot_update" if forced else "replace_because_tainted"
    return Outcome(actions, attributes, after, unknown, reason, forcing if forced else None)


class Generator:
    """Writes the large parts of one document side by side, into files of their own."""

    def __init__(self, out: Path, seed: int, danger: float) -> None:
        self.count = 0
        self.actions: Counter[str] = Counter()
        self._seed = seed
        self._danger = danger
        self._paths = {name: out.with_name(f"{out.name}.{name}.part") for name in ("planned", "prior", "0", "1", "2")}
        self._files: dict[str, TextIO] = {name: path.open("w", buffering=1 << 22) for name, path in self._paths.items()}
        self._begun: set[str] = set()

    def both(self, text: str) -> None:
        """Write to `planned_values` and to `prior_state`."""
        self._files["planned"].write(text)
        self._files["prior"].write(text)

    def objects(self, depth: int, module: str, depends_on: Mapping[str, list[str]]) -> None:
        """Write one object of each type that `depends_on` names."""
        found = [self._object(depth, module, kind, needed) for kind, needed in depends_on.items()]
        self._files["planned"].write(",".join(one.planned for one in found if one.planned is not None))
        self._files["prior"].write(",".join(one.prior for one in found if one.prior is not None))

    def close(self) -> None:
        """Finish all parts."""
        for file in self._files.values():
            file.close()

    def part(self, name: str) -> Iterator[str]:
        """The text of a part, which is gone afterwards."""
        with self._paths[name].open() as file:
            while text := file.read(1 << 24):
                yield text
        self._paths[name].unlink()

    def _object(self, depth: int, module: str, kind: str, depends_on: list[str]) -> Written:
        rng = Random(self._seed * 1_000_003 + self.count)
        lot = rng.random()
        attributes = SHAPES[kind](rng, f"main-{self.count}")
        self.count += 1
        happens = outcome(rng, lot, kind, attributes, self._danger)
        self.actions["+".join(happens.actions)] += 1
        marks = {**mask(attributes), **SENSITIVE.get(kind, {})}
        before = dumps(happens.before)
        after = before if happens.after is happens.before else dumps(happens.after)
        names = dumps({"mode": "managed", "type": kind, "name": "main", "provider_name": PROVIDER})[1:-1]
        address = _joined(module, kind)
        self._change(depth, f'"address":{dumps(address)}', module, names, _change(happens, before, after, marks))
        head = f'{{"address":{dumps(address)},{names},"schema_version":1,"values":'
        tail = f',"sensitive_values":{dumps(marks)}'
        needed = f',"depends_on":{dumps(depends_on)}' if depends_on else ""
        return Written(
            planned=None if happens.after is None else f"{head}{after}{tail}}}",
            prior=None if happens.before is None else f"{head}{before}{tail}{needed}}}",
        )

    def _change(self, depth: int, address: str, module: str, names: str, change: str) -> None:
        file = self._files[str(depth)]
        if str(depth) in self._begun:
            file.write(",")
        self._begun.add(str(depth))
        within = f',"module_address":{dumps(module)}' if module else ""
        file.write(f"{{{address}{within},{names},{change}}}")


def _change(happens: Outcome, before: str, after: str, marks: Attributes) -> str:
    """`change`, and `action_reason` behind it."""
    unknown = "{}"
    if happens.after is not None and happens.actions != ["no-op"]:
        plain = {key: item for key, item in marks.items() if item is not True}
        unknown = dumps({**plain, **happens.unknown})
    parts = [
        f'"actions":{dumps(happens.actions)},"before":{before},"after":{after},"after_unknown":{unknown}',
        f'"before_sensitive":{dumps(marks) if happens.before is not None else "false"}',
        f'"after_sensitive":{dumps(marks) if happens.after is not None else "false"}',
    ]
    if happens.forces:
        parts.append(f'"replace_paths":{dumps([[happens.forces]])}')
    reason = f',"action_reason":"{happens.reason}"' if happens.reason else ""
    return f'"change":{{{",".join(parts)}}}{reason}'


class Blocks:
    """The configuration: which block refers to which other one."""

    def __init__(self) -> None:
        self._direct: dict[str, list[str]] = {f"{kind}.main": [] for kind in ROOT}

    def add(self, module: str, above: list[str], needs: Needs) -> None:
        """Add the blocks of a module; `above` are the modules around it, the nearest first."""
        scopes = [module, *above]
        for kind, needed in needs.items():
            targets = [_joined(scopes[need.count("^")], need.lstrip("^")) for need in needed]
            self._direct[_joined(module, kind)] = targets

    def needed(self, module: str, needs: Needs) -> dict[str, list[str]]:
        """Type → all blocks that this module's block of the type depends on, also through others."""
        return {kind: self._closure(_joined(module, kind)) for kind in needs}

    def _closure(self, block: str) -> list[str]:
        seen: set[str] = set()
        pending = list(self._direct[block])
        while pending:
            found = pending.pop()
            if found not in seen:
                seen.add(found)
                pending += self._direct.get(found, ())
        return sorted(seen)


def _joined(module: str, kind: str) -> str:
    return f"{module}.{kind}.main" if module else f"{kind}.main"


def generate(number: int, out: Path, *, seed: int = 1, flat: bool = False, danger: float = 1.0) -> Generator:
    """Write a plan of about so many objects."""
    copies = 2 if number <= 2000 else 4
    tenants = 1 if flat else max(2, min(40, number // 1000 + 2))
    services = max(1, round((number - 10) / ((len(SERVICE) + copies * len(COMPONENT)) * tenants)))
    writer, blocks = Generator(out, seed, danger), Blocks()
    writer.both('{"root_module":{"resources":[')
    writer.objects(0, "", {kind: [] for kind in ROOT})
    writer.both('],"child_modules":[')
    calls = {}
    for service in range(services):
        call = f"svc{service:05d}" if flat else f"svc{service:03d}"
        calls[call] = configuration.service(copies, flat=flat)
        module = f"module.{call}"
        inner = [f"module.component_{copy}" for copy in range(copies)] if flat else ["module.component"]
        blocks.add(module, [""], SERVICE)
        for part in inner:
            blocks.add(f"{module}.{part}", [module, ""], COMPONENT)
        needed = [blocks.needed(module, SERVICE), *(blocks.needed(f"{module}.{part}", COMPONENT) for part in inner)]
        below = inner if flat else [f"module.component[{copy}]" for copy in range(copies)]
        for tenant in range(tenants):
            writer.both("," if service or tenant else "")
            _instance(writer, module if flat else f'{module}["tenant-{tenant:03d}"]', below, needed)
    writer.both("]}}")
    writer.close()
    with out.open("w", buffering=1 << 22) as file:
        file.writelines(_document(writer, configuration.document(calls)))
    return writer


def _instance(writer: Generator, instance: str, inner: list[str], needed: list[dict[str, list[str]]]) -> None:
    """One instance of a service, with its components. `needed`: for the service, and for each component or for all."""
    writer.both('{"resources":[')
    writer.objects(1, instance, needed[0])
    writer.both(f'],"address":{dumps(instance)},"child_modules":[')
    for number, below in enumerate(inner):
        address = f"{instance}.{below}"
        writer.both(("," if number else "") + '{"resources":[')
        writer.objects(2, address, needed[min(number + 1, len(needed) - 1)])
        writer.both(f'],"address":{dumps(address)}}}')
    writer.both("]}")


def _document(writer: Generator, written: str) -> Iterator[str]:
    yield '{"format_version":"1.2","terraform_version":"1.11.4","variables":{"env":{"value":"prod"}},"planned_values":'
    yield from writer.part("planned")
    for depth, before in (("0", ',"resource_changes":['), ("1", ","), ("2", ",")):
        yield before
        yield from writer.part(depth)
    yield '],"output_changes":{},"prior_state":{"format_version":"1.0","terraform_version":"1.11.4","values":'
    yield from writer.part("prior")
    yield f'}},"configuration":{written},"relevant_attributes":[{{"resource":"aws_vpc.main","attribute":["id"]}}],'
    yield '"timestamp":"2026-11-22T06:45:53Z","applyable":true,"complete":true,"errored":false}\n'


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("number", type=int, help="objects, about")
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--flat", action="store_true", help="a block of configuration for every object")
    parser.add_argument("--danger", type=float, default=1.0, help="share of destructive changes; 1: 6 %%")
    given = parser.parse_args()
    writer = generate(given.number, given.out, seed=given.seed, flat=given.flat, danger=given.danger)
    print(f"{given.out}: {writer.count} objects, {given.out.stat().st_size} bytes, {dict(writer.actions)}")


if __name__ == "__main__":
    main()
