provider "aws" {
  region = "eu-west-1"
}

resource "aws_rds_cluster" "orders" {
  cluster_identifier  = "orders-prod"
  engine              = "aurora-postgresql"
  availability_zones  = local.zones
  skip_final_snapshot = true
}

resource "aws_rds_cluster_instance" "orders" {
  identifier         = "orders-prod-1"
  cluster_identifier = aws_rds_cluster.orders.id
  engine             = aws_rds_cluster.orders.engine
  instance_class     = "db.r6g.large"
}
