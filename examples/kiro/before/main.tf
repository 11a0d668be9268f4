provider "aws" {
  region = "cn-north-1"
}

module "environment" {
  source = "../environment"
  name   = "cost-explorrer-cn-prod"
}
