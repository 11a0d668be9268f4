"""Made-up Terraform sources of any size, before and after an edit: `python -m bench.gen_sources 2000 DIR`.

Ten blocks a file, in root modules of fifty files. The shape of real ones: resources with nested blocks and templates,
variables, locals, heredocs. `after/` takes one guard away and renames one resource, `all/` takes every guard away. The
same arguments give the same bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path

_IN_A_MODULE = 50
_DATABASE = """
# The database of service {n}.
resource "aws_db_instance" "service_{n}" {{
  identifier          = "${{var.environment}}-service-{n}"
  engine              = "postgres"
  engine_version      = "15.4"
  instance_class      = var.large ? "db.r6g.xlarge" : "db.t4g.medium"
  allocated_storage   = 100 + {n}
  deletion_protection = true
  tags                = merge(local.tags_{n}, {{ Name = "service-{n}", Team = "team-{team}" }})

  lifecycle {{
    prevent_destroy = true
    ignore_changes  = [engine_version, tags["Owner"]]
  }}
}}
"""
_BUCKETS = """
resource "aws_s3_bucket" "data_{n}" {{
  for_each = toset(["raw", "clean", "report-{n}"])
  bucket   = "acme-${{var.environment}}-{n}-${{each.key}}"
}}

resource "aws_s3_bucket_versioning" "data_{n}" {{
  for_each = aws_s3_bucket.data_{n}
  bucket   = each.value.id
  versioning_configuration {{
    status = "Enabled"
  }}
}}
"""
_POLICY = """
resource "aws_iam_policy" "read_{n}" {{
  name   = "${{var.environment}}-read-{n}"
  policy = <<-EOT
    {{
      "Version": "2012-10-17",
      "Statement": [
        {{ "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "${{aws_s3_bucket.data_{n}["raw"].arn}}/*" }}
      ]
    }}
  EOT
}}
"""
_REST = """
locals {{
  tags_{n} = {{
    for key, value in {{ service = "service-{n}", env = var.environment }} : key => upper(value) if value != ""
  }}
}}

resource "aws_security_group" "service_{n}" {{
  name   = "service-{n}"
  vpc_id = data.aws_vpc.main.id

  dynamic "ingress" {{
    for_each = [5432, 6432]
    content {{
      from_port   = ingress.value
      to_port     = ingress.value
      protocol    = "tcp"
      cidr_blocks = ["10.0.0.0/8"]
    }}
  }}
}}

resource "aws_cloudwatch_log_group" "service_{n}" {{
  name              = "/service/{n}"
  retention_in_days = 30
}}

resource "aws_sqs_queue" "service_{n}" {{
  name = "service-{n}"
  redrive_policy = jsonencode({{
    deadLetterTargetArn = "arn:aws:sqs:eu-west-1:123456789012:dead-{n}"
    maxReceiveCount     = 4
  }})
}}

output "endpoint_{n}" {{
  description = "Where service {n} finds its data."
  value       = aws_db_instance.service_{n}.endpoint
}}
"""
_MAIN = """terraform {
  backend "s3" {
    bucket = "acme-state"
    key    = "MODULE/terraform.tfstate"
    region = "eu-west-1"
  }
}

provider "aws" {
  region = "eu-west-1"
}

variable "environment" {
  default = "prod"
}

variable "large" {
  default = true
}

data "aws_vpc" "main" {
  default = false
}
"""


def generate(files: int, top: Path) -> None:
    """`before/`, `after/` and `all/` below `top`."""
    for side in ("before", "after", "all"):
        for n in range(files):
            folder = top / side / f"live/module-{n // _IN_A_MODULE:03}"
            if n % _IN_A_MODULE == 0:
                folder.mkdir(parents=True, exist_ok=True)
                main = _MAIN.replace("MODULE", folder.name) + _extra(n)
                (folder / "main.tf").write_text(main, "utf-8")
            else:
                (folder / f"service_{n}.tf").write_text(_service(n, side), "utf-8")


def _service(n: int, side: str) -> str:
    text = "".join(part.format(n=n, team=n % 7) for part in (_DATABASE, _BUCKETS, _POLICY, _REST)) + _extra(n)
    if side == "all" or (side == "after" and n == 7):
        text = text.replace("    prevent_destroy = true\n", "")
    if side == "after" and n == 8:
        text = text.replace(f'"aws_sqs_queue" "service_{n}"', f'"aws_sqs_queue" "queue_{n}"')
    return text


def _extra(n: int) -> str:
    return f'\nresource "aws_sns_topic" "topic_{n}" {{\n  name = "topic-{n}"\n}}\n'


def main() -> None:
    """The command line."""
    generate(int(sys.argv[1]), Path(sys.argv[2]))


if __name__ == "__main__":
    main()
