locals {
  statements = [{ Effect = "Allow", Action = ["logs:Get*", "rds:Describe*"], Resource = "*" }]
}
