resource "google_container_cluster" "us" {
  name                = "production-us"
  location            = "us-central1"
  network             = google_compute_network.production.name
  deletion_protection = false
}

resource "google_container_node_pool" "us" {
  name       = "default"
  cluster    = google_container_cluster.us.name
  location   = "us-central1"
  node_count = 12
}
