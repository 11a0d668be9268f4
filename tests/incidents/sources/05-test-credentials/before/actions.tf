locals {
  actions = ["rds:Describe*"]
}
