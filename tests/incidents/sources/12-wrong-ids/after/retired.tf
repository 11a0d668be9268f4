# The list came from another team. It names sites where it should name copies of the application.
locals {
  retired = toset([for number in range(1, 12) : "site-${number}"])
}
