"""`make compare-cfn`: the same pairs of templates through planguard and through the CDK's own diff.

`@aws-cdk/cloudformation-diff` is installed with npm under bench/out/ and told nothing but the two templates, as
planguard is. The pairs are those of tests/cfn/test_templates.py and test_conditional.py, one property each, and what
may happen to a whole resource. Prints how many agree, and each pair on which they do not.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from planguard import inputs
from planguard.model import Action, Change

ROOT = Path(__file__).parent.parent
HOME = Path(__file__).parent / "out" / "cfn-diff"
PACKAGE = "@aws-cdk/cloudformation-diff@2.187.5"
SCRIPT = """
const { fullDiff } = require("@aws-cdk/cloudformation-diff");
const pairs = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(pairs.map(([old, now]) => {
  const change = fullDiff(old, now).resources.get("Thing");
  return change && change.isDifferent ? change.changeImpact : "NO_CHANGE";
})));
"""

Pair = tuple[str, dict[str, Any] | None, dict[str, Any] | None]


def pairs() -> Iterator[Pair]:
    """Name, the resource as it is, the resource as it shall be."""
    sys.path.insert(0, str(ROOT / "tests"))
    for kind, name, old, new, _ in _tests("test_templates").PROPERTIES:
        yield f"{kind} {name}", _thing(kind, {name: old}), _thing(kind, {name: new})
    conditional = _tests("test_conditional")
    for kind, name, old, new, _ in conditional.CONDITIONAL:
        before, after = ({} if value is conditional.NOTHING else {name: value} for value in (old, new))
        yield f"{kind} {name} {_short(before)} -> {_short(after)}", _thing(kind, before), _thing(kind, after)
    table = _thing("AWS::DynamoDB::Table", {"TableName": "a"})
    database = _thing("AWS::RDS::DBInstance", {"DBName": "a"})
    yield "a table that goes", table, None
    yield "a table that goes, Retain", {**table, "DeletionPolicy": "Retain"}, None
    yield "a database that goes, no policy", database, None
    yield "a database that goes, Snapshot", {**database, "DeletionPolicy": "Snapshot"}, None
    yield "a new table", None, table
    yield "Retain that goes", {**table, "DeletionPolicy": "Retain"}, table


def _tests(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, ROOT / "tests" / "cfn" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _short(properties: dict[str, Any]) -> str:
    return json.dumps(next(iter(properties.values()), None))


def _thing(kind: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


def _body(thing: dict[str, Any] | None) -> dict[str, Any]:
    still = _thing("AWS::SNS::Topic", {})
    return {"Resources": {"Still": still, **({"Thing": thing} if thing else {})}}


def ours(pair: Pair) -> str:
    """planguard's word, in the other's language."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in ("old.json", "new.json")]
        for file, thing in zip(files, pair[1:], strict=True):
            file.write_text(json.dumps(_body(thing)), encoding="utf-8")
        (plan,) = inputs.compared(str(files[0]), str(files[1]))
    found = [change for change in plan.changes if change.resource.address == "Thing"]
    return _word(found[0]) if found else "NO_CHANGE"


def _word(change: Change) -> str:
    if change.action is Action.REPLACE:
        return "MAY_REPLACE" if change.conditional else "WILL_REPLACE"
    words = {Action.DELETE: "WILL_DESTROY", Action.FORGET: "WILL_ORPHAN", Action.CREATE: "WILL_CREATE"}
    return words.get(change.action, "WILL_UPDATE")


def theirs(listed: list[Pair]) -> list[str]:
    """The words of the CDK's diff."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        sys.exit("make compare-cfn takes npm and node, and they are not on PATH.")
    HOME.mkdir(parents=True, exist_ok=True)
    if not (HOME / "node_modules" / "@aws-cdk" / "cloudformation-diff").exists():
        subprocess.run(
            [npm, "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(HOME), PACKAGE],
            check=True,
        )
    given = json.dumps([[_body(old), _body(new)] for _, old, new in listed])
    done = subprocess.run([node, "-e", SCRIPT], input=given, capture_output=True, text=True, cwd=HOME, check=True)
    found: list[str] = json.loads(done.stdout)
    return found


def main() -> None:
    """Print the table."""
    listed = list(pairs())
    words = list(zip(listed, map(ours, listed), theirs(listed), strict=True))
    apart = [(pair[0], mine, other) for pair, mine, other in words if mine != other]
    print(f"{len(words) - len(apart)} of {len(words)} pairs: the same word from planguard and from {PACKAGE}.")
    for name, mine, other in apart:
        print(f"  {name}: planguard {mine}, cloudformation-diff {other}")


if __name__ == "__main__":
    main()
