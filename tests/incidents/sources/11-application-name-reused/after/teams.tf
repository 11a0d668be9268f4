# Meant as cloud2-usage. merge() lets the last one win, and says nothing.
locals {
  teams = {
    cloud2 = { namespace = "argocd-teams", path = "apps/usage", cluster = "prod01-eu-central-1" }
  }
}
