locals {
  team = "storage"
}

# The trial itself: in staging only, and in the same state as production.
resource "aws_rds_cluster" "trial" {
  cluster_identifier = "events-staging-aurora"
  engine             = "aurora-postgresql"
  tags               = { environment = "staging", team = local.team }
}
