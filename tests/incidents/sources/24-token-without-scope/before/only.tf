locals {
  only = { Condition = { StringEquals = { "aws:ResourceTag/environment" = "staging" } } }
}
