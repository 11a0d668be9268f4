provider "google" {
  region = "us-central1"
}

resource "google_compute_network" "production" {
  name                    = "production"
  auto_create_subnetworks = false
}

resource "google_container_cluster" "europe" {
  name                = "production-europe"
  location            = "europe-west1"
  network             = google_compute_network.production.name
  deletion_protection = false
}
