provider "kubernetes" {
  config_context = "sites-production"
}

locals {
  sites = toset([for number in range(1, 14) : "site-${number}"])
}

# One customer's site: everything that the customer has lives in the namespace.
resource "kubernetes_namespace" "site" {
  for_each = setsubtract(local.sites, local.retired)

  metadata {
    name = each.key
  }
}

# The application that is to be retired, in each site that still has it.
resource "kubernetes_deployment" "insight" {
  for_each = setsubtract(local.sites, local.retired)

  metadata {
    name      = "insight"
    namespace = each.key
  }
  spec {
    replicas = "1"
  }
}
