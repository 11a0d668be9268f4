locals {
  environment = "cost-explorrer-cn-prod"
}
