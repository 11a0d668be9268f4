provider "aws" {
  region = "eu-west-1"
}

module "bar" {
  source      = "./storage"
  environment = "production"
}
