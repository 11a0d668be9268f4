terraform {
  required_providers {
    cloudfoundry = { source = "cloudfoundry-community/cloudfoundry" }
  }
}

variable "name" {
  type = string
}

variable "space" {
  type = string
}

# Review applications use this module as well, so a prevent_destroy here would stop their clean-up.
resource "cloudfoundry_service_instance" "rds" {
  name         = var.name
  space        = var.space
  service_plan = "medium-gp-psql"
}
