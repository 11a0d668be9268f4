provider "aws" {
  region = "eu-west-1"
}

module "foo" {
  source      = "./storage"
  environment = "production"
}
