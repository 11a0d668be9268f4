provider "kubernetes" {
  config_context = "prod01-eu-central-1"
}

locals {
  platform = {
    cloud2 = { namespace = "argocd", path = "apps/cloud2", cluster = "prod01-eu-central-1" }
  }
  applications = merge(local.platform, local.teams)
}

resource "kubernetes_manifest" "application" {
  for_each = local.applications

  manifest = {
    apiVersion = "argoproj.io/v1alpha1"
    kind       = "Application"
    metadata = {
      name      = each.key
      namespace = each.value.namespace
      labels    = { environment = "production" }
    }
    spec = {
      path    = each.value.path
      cluster = each.value.cluster
    }
  }
}
