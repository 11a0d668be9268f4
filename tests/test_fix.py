"""`planguard fix`: what it writes, what it leaves alone, and what it never overwrites. Its blocks work: tests/e2e."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from plan_documents import change, plan, written
from planguard.cli.fix import fix

TAGS = {"env": "prod"}


def run(directory: Path, document: dict[str, Any], *arguments: str) -> Result:
    """`planguard fix` on a document; errors come through as they are."""
    return CliRunner().invoke(fix, [written(directory, document), *arguments], catch_exceptions=False)


def deleted(address: str, name: str, **more: Any) -> dict[str, Any]:
    more = {"action_reason": "delete_because_no_resource_config"} | more
    return change(address, ("delete",), before={"bucket": name, "id": name, "tags": TAGS}, **more)


def created(address: str, name: str, **more: Any) -> dict[str, Any]:
    return change(address, ("create",), before=None, after={"bucket": name, "tags": TAGS}, **more)


STAYS = change("aws_vpc.main", ("no-op",), before={"id": "vpc-1"}, after={"id": "vpc-1"})
RENAME = plan(deleted("aws_s3_bucket.a", "acme-data"), created("aws_s3_bucket.b", "acme-data"), STAYS)
REMOVAL = plan(deleted("aws_s3_bucket.a", "acme-data"), STAYS)


def test_a_rename_gets_its_moved_block(tmp_path: Path) -> None:
    done = run(tmp_path, RENAME)
    assert done.exit_code == 0
    assert "# aws_s3_bucket.a is aws_s3_bucket.b now\n" in done.stdout
    assert "moved {\n  from = aws_s3_bucket.a\n  to   = aws_s3_bucket.b\n}\n" in done.stdout
    assert "removed" not in done.stdout.split("\n", 2)[2]


def test_a_removal_gets_its_removed_block(tmp_path: Path) -> None:
    done = run(tmp_path, REMOVAL)
    assert "removed {\n  from = aws_s3_bucket.a\n  lifecycle {\n    destroy = false\n  }\n}\n" in done.stdout


def test_one_block_forgets_all_instances(tmp_path: Path) -> None:
    one, other = (deleted(f"aws_s3_bucket.a[{i}]", f"acme-{i}", index=i) for i in range(2))
    done = run(tmp_path, plan(one, other, STAYS))
    assert done.stdout.count("from = aws_s3_bucket.a\n") == 1


def test_what_no_block_mends_is_a_comment(tmp_path: Path) -> None:
    lonely = deleted('aws_s3_bucket.each["x"]', "acme-x", index="x", action_reason="delete_because_each_key")
    done = run(tmp_path, plan(deleted("aws_s3_bucket.a", "acme-data"), lonely, STAYS))
    rest = done.stdout[done.stdout.index("# What no block can mend") :]
    assert "terraform state rm 'aws_s3_bucket.each[\"x\"]'" in rest
    assert all(line.startswith("#") for line in rest.splitlines())


def test_without_blocks_nothing_is_written_and_that_is_said(tmp_path: Path) -> None:
    lonely = deleted('aws_s3_bucket.each["x"]', "acme-x", index="x", action_reason="delete_because_each_key")
    out = tmp_path / "fix.tf"
    done = run(tmp_path, plan(lonely, STAYS), "--out", str(out))
    assert done.exit_code == 0
    assert not out.exists()
    assert done.stdout == ""
    assert "nothing was written" in done.stderr
    assert "state rm" in done.stderr


def test_a_harmless_plan_needs_nothing(tmp_path: Path) -> None:
    done = run(tmp_path, plan(STAYS))
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "Nothing in this plan needs mending.\n")


def test_a_file_is_written_once_and_never_over_another(tmp_path: Path) -> None:
    out = tmp_path / "fix.tf"
    done = run(tmp_path, RENAME, "--out", str(out))
    assert done.stdout == ""
    assert "1 block" in done.stderr
    text = out.read_text(encoding="utf-8")
    assert text == run(tmp_path, RENAME).stdout

    out.write_text("# mine\n", encoding="utf-8")
    with pytest.raises(Exception, match="already"):
        run(tmp_path, RENAME, "--out", str(out))
    assert out.read_text(encoding="utf-8") == "# mine\n"

    run(tmp_path, RENAME, "--out", str(out), "--force")
    assert out.read_text(encoding="utf-8") == text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fix.tf", "plan"]


def test_a_directory_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="cannot be written"):
        run(tmp_path, RENAME, "--out", str(tmp_path / "nowhere" / "fix.tf"))


LOST = {
    "prior_state": None,
    "configuration": {
        "root_module": {
            "resources": [
                {"mode": "managed", "type": "aws_s3_bucket", "name": "a"},
                {
                    "mode": "managed",
                    "type": "aws_s3_bucket_versioning",
                    "name": "a",
                    "expressions": {"bucket": {"references": ["aws_s3_bucket.a.id", "aws_s3_bucket.a"]}},
                },
            ]
        }
    },
}


def lost(**bucket: Any) -> dict[str, Any]:
    versioning = change(
        "aws_s3_bucket_versioning.a", ("create",), before=None, after={}, after_unknown={"bucket": True}
    )
    vpc = change("aws_vpc.main", ("create",), before=None, after={"cidr_block": "10.0.0.0/16"})
    return plan(created("aws_s3_bucket.a", "acme-prod-data", **bucket), versioning, vpc, **LOST)


def test_a_lost_state_gets_import_blocks_where_the_plan_tells_the_id(tmp_path: Path) -> None:
    done = run(tmp_path, lost())
    assert 'import {\n  to = aws_s3_bucket.a\n  id = "acme-prod-data"\n}\n' in done.stdout
    assert 'import {\n  to = aws_s3_bucket_versioning.a\n  id = "acme-prod-data"\n}\n' in done.stdout
    assert "# aws_vpc.main\n#   The plan does not tell its id" in done.stdout


def test_an_old_terraform_gets_commands_instead(tmp_path: Path) -> None:
    done = run(tmp_path, lost() | {"terraform_version": "1.3.9"})
    assert "import {" not in done.stdout + done.stderr
    assert "terraform import aws_s3_bucket.a acme-prod-data" in done.stderr


def test_a_block_with_a_secret_in_it_is_not_written(tmp_path: Path) -> None:
    document = lost(after_sensitive={"bucket": True})
    done = run(tmp_path, document)
    assert "acme-prod-data" not in done.stdout + done.stderr


def test_hostile_keys_stay_inside_their_strings(tmp_path: Path) -> None:
    key = 'x"]\n}\nresource "a" "b" {\u202e'
    hostile = f"aws_s3_bucket.a[{json.dumps(key, ensure_ascii=False)}]"
    old = deleted(hostile, "acme-data", index=key, action_reason="delete_because_wrong_repetition")
    done = run(tmp_path, plan(old, created("aws_s3_bucket.a", "acme-data"), STAYS))
    assert "\u202e" not in done.stdout
    code = [line for line in done.stdout.splitlines() if line and not line.startswith("#")]
    assert [line.split()[0] for line in code] == ["moved", "from", "to", "}"]
