terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region = "eu-west-1"
}

locals {
  tags = { service = "orders", environment = "production", owner = "checkout" }
}

resource "aws_db_instance" "orders" {
  identifier              = "orders-prod"
  engine                  = "postgres"
  instance_class          = "db.r6g.large"
  allocated_storage       = 300
  db_name                 = "orders"
  backup_retention_period = 14
  deletion_protection     = true
  tags                    = local.tags
}

resource "aws_security_group" "app" {
  name = "orders-app-prod"
  tags = local.tags
}

resource "aws_security_group_rule" "https" {
  type              = "ingress"
  from_port         = 443
  to_port           = 443
  protocol          = "tcp"
  cidr_blocks       = ["10.20.0.0/16"]
  security_group_id = aws_security_group.app.id
}

resource "aws_dynamodb_table" "baskets" {
  name         = "orders-prod-carts"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"
  tags         = local.tags

  attribute {
    name = "id"
    type = "S"
  }
}

moved {
  from = aws_dynamodb_table.carts
  to   = aws_dynamodb_table.baskets
}
