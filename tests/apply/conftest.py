"""A world with three plans in it, made once: one that harms, one that harms a lot, and one that does not."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from command import Planguard
from dialogue import Dialogue, persons
from fakecloud.terraform import MakeTerraform, Terraform

MAIN = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region = "eu-west-1"
}

locals {
  tags = { environment = "production" }
}

resource "aws_db_instance" "orders" {
  identifier          = "orders-prod"
  engine              = "postgres"
  instance_class      = "db.r6g.large"
  allocated_storage   = 200
  db_name             = "orders"
  skip_final_snapshot = true
  tags                = local.tags
}

resource "aws_s3_bucket" "documents" {
  count  = 3
  bucket = "acme-prod-${count.index}"
  tags   = local.tags
}
"""
MORE = 'resource "aws_security_group" "app" {\n  name = "app-prod"\n}\n'
RENAMED = MAIN.replace('db_name             = "orders"', 'db_name             = "shop"')
BARE = RENAMED.replace("count  = 3", "count  = 0")


class World(NamedTuple):
    """One test's own copy."""

    terraform: Terraform

    @property
    def directory(self) -> Path:
        """The root module. `harm.tfplan` replaces the database, `loss.tfplan` takes three buckets as well,
        `fine.tfplan` only adds."""
        return self.terraform.directory

    @property
    def environment(self) -> dict[str, str]:
        """What a person's shell has."""
        return persons(self.terraform.environment)

    def resources(self) -> dict[str, str]:
        """What exists, by address: its id."""
        import json

        state = json.loads(self.terraform.run("state", "pull").stdout)
        return {
            f"{item['type']}.{item['name']}" + (f"[{one['index_key']}]" if "index_key" in one else ""): one[
                "attributes"
            ]["id"]
            for item in state["resources"]
            for one in item["instances"]
        }

    def talk(self, *arguments: str | Path, **variables: str) -> Dialogue:
        """`planguard ARGUMENTS` with somebody at the keyboard."""
        return Dialogue(*arguments, cwd=self.directory, environment={**self.environment, **variables})

    def pipe(self, *arguments: str | Path, **variables: str) -> tuple[int, str]:
        """`planguard ARGUMENTS` where nobody sits: exit code, and both outputs."""
        done = Planguard()(*arguments, cwd=self.directory, environment={**self.environment, **variables})
        return done.returncode, (done.stdout + done.stderr).decode()


@pytest.fixture(scope="session")
def first_world(fakecloud: MakeTerraform, tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    made = fakecloud(tmp_path_factory.mktemp("world") / "root")
    made.apply({"main.tf": MAIN})
    for name, text in (("fine", MAIN + MORE), ("loss", BARE), ("harm", RENAMED)):
        shutil.move(made.plan({"main.tf": text}).saved, made.directory / f"{name}.tfplan")
    (made.directory / "plan.json").unlink()
    return made


@pytest.fixture
def world(first_world: Terraform, fakecloud: Any, tmp_path: Path) -> World:
    return World(first_world.copy(tmp_path / "root"))


MakeStand = Callable[..., "Stand"]


class Stand(NamedTuple):
    """A stand-in for terraform: a shell script that shows a plan and does as it is told."""

    directory: Path
    environment: dict[str, str]
    log: Path

    def calls(self) -> list[str]:
        """What it was called with, one line each."""
        return self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []

    def talk(self, *arguments: str | Path, **variables: str) -> Dialogue:
        """`planguard ARGUMENTS` with somebody at the keyboard."""
        return Dialogue(*arguments, cwd=self.directory, environment={**self.environment, **variables})

    def pipe(self, *arguments: str | Path, **variables: str) -> tuple[int, str]:
        """`planguard ARGUMENTS` where nobody sits: exit code, and both outputs."""
        done = Planguard()(*arguments, cwd=self.directory, environment={**self.environment, **variables})
        return done.returncode, (done.stdout + done.stderr).decode()


@pytest.fixture
def stand(tmp_path: Path) -> MakeStand:
    """Makes a directory with `tfplan` in it; `apply` is what the stand-in does when it is to apply."""
    import json
    import os
    import zipfile

    from plan_documents import change, plan

    if os.name == "nt":
        pytest.skip("the stand-in for terraform is a shell script")
    numbers = itertools.count()

    def make(*changes: Any, apply: str = "echo applied") -> Stand:
        home = tmp_path / f"stand{next(numbers)}"
        (home / "bin").mkdir(parents=True)
        document = plan(*(changes or (change("aws_s3_bucket.new", ("create",), before=None, after={"bucket": "new"}),)))
        (home / "shown.json").write_text(json.dumps(document), encoding="utf-8")
        with zipfile.ZipFile(home / "tfplan", "w") as archive:
            archive.writestr("tfplan", "protobuf")
        script = home / "bin" / "terraform"
        script.write_text(
            "#!/bin/sh\n"
            f'echo "$@" >> {home}/log\n'
            'case "$1" in\n'
            f"  show) cat {home}/shown.json ;;\n"
            "  state) ;;\n"
            f'  plan) for last; do :; done; cp {home}/tfplan "${{last#-out=}}" ;;\n'
            f"  apply) {apply} ;;\n"
            "esac\n",
            encoding="utf-8",
        )
        script.chmod(0o755)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
        environment = persons({**kept, "PATH": f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}"})
        return Stand(home, environment, home / "log")

    return make
