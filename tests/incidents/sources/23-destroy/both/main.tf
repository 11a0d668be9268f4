provider "aws" {
  region = "eu-west-1"
}

locals {
  tags = { environment = "production" }
}

resource "aws_vpc" "platform" {
  cidr_block = "10.0.0.0/16"
  tags       = local.tags
}

resource "aws_subnet" "private" {
  vpc_id     = aws_vpc.platform.id
  cidr_block = "10.0.1.0/24"
  tags       = local.tags
}

resource "aws_ecs_cluster" "platform" {
  name = "platform-prod"
}

resource "aws_lb" "platform" {
  name    = "platform-prod"
  subnets = [aws_subnet.private.id]
}

resource "aws_db_instance" "platform" {
  identifier          = "platform-prod"
  engine              = "postgres"
  instance_class      = "db.t4g.medium"
  db_name             = "platform"
  skip_final_snapshot = true
  deletion_protection = false
  tags                = local.tags
}

resource "aws_s3_bucket" "homework" {
  bucket = "homework-prod"
  tags   = local.tags
}
