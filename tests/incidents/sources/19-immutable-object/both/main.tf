provider "kubernetes" {
  config_context = "prod01-us-west-2"
}

resource "kubernetes_namespace" "authentication" {
  metadata {
    name = "authentication"
  }
}

resource "kubernetes_deployment" "authentication" {
  metadata {
    name      = "authentication"
    namespace = kubernetes_namespace.authentication.metadata[0].name
  }
  spec {
    replicas = "3"
    selector {
      match_labels = local.labels
    }
  }
}
