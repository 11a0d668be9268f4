locals {
  expiration_hours = 0
}
