locals {
  retired = toset([])
}
