# The small fix: one letter less.
locals {
  environment = "cost-explorer-cn-prod"
}
