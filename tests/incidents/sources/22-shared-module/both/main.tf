terraform {
  required_providers {
    cloudfoundry = { source = "cloudfoundry-community/cloudfoundry" }
  }
}

provider "cloudfoundry" {
  api_url = "https://api.example.com"
}

module "database" {
  source   = "./database"
  for_each = local.environments
  name     = "forms-${each.key}-rds"
  space    = each.key
}
