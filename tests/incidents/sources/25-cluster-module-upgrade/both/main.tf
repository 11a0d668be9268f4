provider "aws" {
  region = "eu-central-1"
}

module "eks" {
  source = "./eks"
  name   = "shop-prod"
}
