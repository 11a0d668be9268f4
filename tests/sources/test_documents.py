"""Documents inside of attributes, and what a new rule works on, as far as sources tell."""

from __future__ import annotations

import pytest

from source_edits import judged, told

HEREDOC = """<<-EOT
  {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "a<b"}]}
EOT
"""
ENCODED = """jsonencode({
    Statement = [{ Resource = "a<b", Action = ["s3:GetObject"], Effect = "Allow" }]
    Version   = "2012-10-17"
  })
"""


def role_policy(document):
    return f'resource "aws_iam_role_policy" "prod" {{\n  role = "app"\n  policy = {document}\n}}\n'


@pytest.mark.parametrize(("old", "new"), [(HEREDOC, ENCODED), (ENCODED, HEREDOC)])
def test_the_same_document_written_otherwise_is_no_change(old, new):
    assert judged(role_policy(old), role_policy(new)).plan.changes == ()


@pytest.mark.parametrize(
    "new", [HEREDOC.replace("GetObject", "*"), "not json", "[", '"{"', ENCODED.replace("a<b", "a")]
)
def test_another_document_is_a_change(new):
    (change,) = judged(role_policy(HEREDOC), role_policy(new)).plan.changes
    assert change.resource.address == "aws_iam_role_policy.prod"


BUCKET = 'resource "aws_s3_bucket" "b" {\n  bucket = "prod-uploads"\n}\n'
RULE = """resource "aws_s3_bucket_lifecycle_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    id     = "all"
    status = "Enabled"
    expiration {
      days = 1
    }
  }
}
"""
BOMB = ("medium", "time-bomb", "aws_s3_bucket_lifecycle_configuration.b")


def test_a_new_expiry_on_a_bucket_that_stands():
    assert told(judged(BUCKET, BUCKET + RULE)) == {BOMB}


def test_a_new_expiry_on_a_bucket_that_moves():
    renamed = (
        (BUCKET + RULE).replace('"aws_s3_bucket" "b"', '"aws_s3_bucket" "c"').replace("bucket.b.id", "bucket.c.id")
    )
    moved = "moved {\n  from = aws_s3_bucket.b\n  to   = aws_s3_bucket.c\n}\n"
    assert told(judged(BUCKET, renamed + moved)) == {BOMB}


def test_a_new_expiry_on_a_new_bucket():
    other = 'resource "aws_sqs_queue" "prod" {}\n'
    assert told(judged(other, other + BUCKET + RULE)) == set()
