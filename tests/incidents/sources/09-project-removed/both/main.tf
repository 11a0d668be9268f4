provider "google" {}

resource "google_project" "billing" {
  project_id      = "wallet-billing-export"
  name            = "billing export"
  deletion_policy = "PREVENT"
}
