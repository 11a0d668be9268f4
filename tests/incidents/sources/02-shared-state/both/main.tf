provider "aws" {
  region = "us-east-1"
}

resource "aws_db_instance" "production" {
  identifier     = "events-production"
  engine         = "postgres"
  instance_class = "db.r3.xlarge"
  tags           = { environment = "production", team = local.team }
}

resource "aws_db_instance" "staging" {
  identifier     = "events-staging"
  engine         = "postgres"
  instance_class = "db.r3.large"
  tags           = { environment = "staging", team = local.team }
}
