resource "aws_db_instance" "this" {
  identifier          = "orders-prod"
  engine              = "postgres"
  instance_class      = "db.m4.large"
  skip_final_snapshot = true
  # Chosen by the service; this version of the module does not pass it on.
  availability_zone = "eu-west-1b"
}
