variable "environment" {
  type = string
}

resource "aws_efs_file_system" "files" {
  creation_token = "files-${var.environment}"
  encrypted      = true
  tags           = { environment = var.environment }

  lifecycle {
    prevent_destroy = true
  }
}
