"""A bucket's settings that get a resource of their own."""

from __future__ import annotations

from source_edits import judged, told

BUCKET = 'resource "aws_s3_bucket" "prod" {{\n  bucket = "prod"\n{}}}\n'
INSIDE = BUCKET.format("  versioning {\n    enabled = true\n  }\n")
PLAIN = BUCKET.format("")
OWN = """resource "aws_s3_bucket_versioning" "prod" {
  bucket = aws_s3_bucket.prod.id
  versioning_configuration {
    status = "Enabled"
  }
}
"""
LOST = {("medium", "protection-weakened", "aws_s3_bucket.prod")}


def test_versioning_moves_out():
    found = judged(INSIDE, PLAIN + OWN)
    assert told(found) == set()
    assert [change.resource.address for change in found.plan.changes] == ["aws_s3_bucket_versioning.prod"]


def test_versioning_goes():
    assert told(judged(INSIDE, PLAIN)) == LOST
    assert told(judged(INSIDE, PLAIN + OWN.replace("Enabled", "Suspended"))) == LOST
    assert told(judged(INSIDE, PLAIN + OWN.replace("aws_s3_bucket.prod.id", '"other"'))) == LOST
    assert told(judged(INSIDE, INSIDE.replace("true", "false") + OWN)) == LOST
