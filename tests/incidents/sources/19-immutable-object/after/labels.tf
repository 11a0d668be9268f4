locals {
  labels = { "app.kubernetes.io/name" = "authentication" }
}
