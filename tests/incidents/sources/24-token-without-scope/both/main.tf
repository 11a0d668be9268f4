variable "environment" {
  default = "production"
}

provider "aws" {
  region = "us-west-2"
}

resource "aws_iam_role" "agent" {
  name = "agent"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = "arn:aws:iam::123456789012:role/workstation" }
    }]
  })
}

resource "aws_iam_role_policy" "agent" {
  name = "volumes"
  role = aws_iam_role.agent.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [merge(
      { Effect = "Allow", Action = ["ec2:DeleteVolume", "ec2:DeleteSnapshot"], Resource = "*" },
      local.only,
    )]
  })
}
