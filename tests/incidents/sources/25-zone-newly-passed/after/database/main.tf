resource "aws_db_instance" "this" {
  identifier          = "orders-prod"
  engine              = "postgres"
  instance_class      = "db.m4.large"
  skip_final_snapshot = true
  # This version of the module passes on its default.
  availability_zone = "eu-west-1a"
}
