variable "name" {
  type = string
}

resource "aws_eks_cluster" "this" {
  name     = var.name
  role_arn = "arn:aws:iam::123456789012:role/${var.name}"
  version  = "1.31"

  vpc_config {
    subnet_ids = ["subnet-0a", "subnet-0b"]
  }

  access_config {
    authentication_mode                         = "API_AND_CONFIG_MAP"
    bootstrap_cluster_creator_admin_permissions = true
  }
}
