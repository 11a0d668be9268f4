# What is there: the service always spreads a cluster over three zones.
locals {
  zones = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
}
