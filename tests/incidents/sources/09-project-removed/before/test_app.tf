# A test application was added here, to the project of the wallet itself.
resource "google_project" "test_app" {
  project_id      = "wallet-production"
  name            = "wallet"
  deletion_policy = "DELETE"
}
