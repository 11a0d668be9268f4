# One environment of the cost explorer: the application, its database, and the name under which people reach it.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "name" {
  type = string
}

locals {
  tags = {
    service     = "cost-explorer"
    environment = "production"
  }
}

resource "aws_vpc" "this" {
  cidr_block           = "10.40.0.0/16"
  enable_dns_hostnames = true
  tags                 = merge(local.tags, { Name = var.name })
}

resource "aws_subnet" "data" {
  count             = 2
  vpc_id            = aws_vpc.this.id
  cidr_block        = cidrsubnet(aws_vpc.this.cidr_block, 8, count.index)
  availability_zone = "cn-north-1${["a", "b"][count.index]}"
  tags              = local.tags
}

resource "aws_security_group" "database" {
  name        = "${var.name}-database"
  description = "PostgreSQL from inside the VPC"
  vpc_id      = aws_vpc.this.id
  tags        = local.tags

  ingress {
    from_port   = 5432
    to_port     = 5432
    protocol    = "tcp"
    cidr_blocks = [aws_vpc.this.cidr_block]
  }
}

resource "aws_db_subnet_group" "data" {
  name       = "${var.name}-data"
  subnet_ids = aws_subnet.data[*].id
  tags       = local.tags
}

resource "aws_db_instance" "usage" {
  identifier             = "${var.name}-usage"
  engine                 = "postgres"
  engine_version         = "16.4"
  instance_class         = "db.r6g.xlarge"
  allocated_storage      = 500
  storage_encrypted      = true
  db_name                = replace(var.name, "-", "_")
  username               = "usage"
  db_subnet_group_name   = aws_db_subnet_group.data.name
  vpc_security_group_ids = [aws_security_group.database.id]
  skip_final_snapshot    = true
  tags                   = local.tags
}

resource "aws_elastic_beanstalk_environment" "app" {
  name                = var.name
  application         = "cost-explorer"
  solution_stack_name = "64bit Amazon Linux 2023 v4.4.0 running Python 3.11"
  cname_prefix        = var.name

  setting {
    namespace = "aws:elasticbeanstalk:application:environment"
    name      = "DATABASE_HOST"
    value     = aws_db_instance.usage.address
  }
}

resource "aws_route53_zone" "this" {
  name = "costs.example.com"
}

resource "aws_route53_record" "app" {
  zone_id = aws_route53_zone.this.zone_id
  name    = "cn.costs.example.com"
  type    = "CNAME"
  ttl     = 60
  records = [aws_elastic_beanstalk_environment.app.cname]
}

resource "aws_cloudwatch_log_group" "app" {
  name              = "/${var.name}/app"
  retention_in_days = 90
  tags              = local.tags
}
