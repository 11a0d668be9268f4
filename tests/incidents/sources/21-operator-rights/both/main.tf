variable "environment" {
  default = "production"
}

provider "aws" {
  region = "cn-north-1"
}

resource "aws_iam_role" "agent" {
  name = "kiro"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = "arn:aws:iam::123456789012:role/workstation" }
    }]
  })
}
