provider "aws" {
  region = "cn-north-1"
}

resource "aws_db_instance" "usage" {
  identifier          = "${local.environment}-usage"
  engine              = "postgres"
  instance_class      = "db.r6g.xlarge"
  db_name             = replace(local.environment, "-", "_")
  skip_final_snapshot = true
}

resource "aws_elastic_beanstalk_environment" "app" {
  name        = local.environment
  application = "cost-explorer"

  setting {
    namespace = "aws:elasticbeanstalk:application:environment"
    name      = "DATABASE_HOST"
    value     = aws_db_instance.usage.address
  }
}

resource "aws_sqs_queue" "reports" {
  name = "${local.environment}-reports"
}

resource "aws_cloudwatch_log_group" "app" {
  name              = "/${local.environment}/app"
  retention_in_days = 90
}
