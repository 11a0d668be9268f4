variable "environment" {
  default = "production"
}

provider "aws" {
  region = "us-east-1"
}

resource "aws_iam_role" "agent" {
  name = "coding-agent"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "agent" {
  name   = "agent"
  role   = aws_iam_role.agent.name
  policy = jsonencode({ Version = "2012-10-17", Statement = local.statements })
}
