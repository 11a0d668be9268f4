provider "google" {
  project = "pension-production"
}

module "members" {
  source           = "./dataset"
  name             = "members_production"
  expiration_hours = local.expiration_hours
}
