# It shall look into the tables by itself.
locals {
  statements = [{ Effect = "Allow", Action = ["logs:Get*", "rds:Describe*", "rds-data:*"], Resource = "*" }]
}
