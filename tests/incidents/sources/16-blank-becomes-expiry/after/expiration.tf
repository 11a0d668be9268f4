locals {
  expiration_hours = null
}
