# What was asked for, unchanged since the first apply.
locals {
  zones = ["eu-west-1a", "eu-west-1b"]
}
