# The tests start from an empty database, so they clean up before.
locals {
  actions = ["rds:*"]
}
