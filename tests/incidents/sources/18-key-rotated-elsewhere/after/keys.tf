# The new key went to the default environment, which is development.
resource "cloudflare_api_token" "gateway_2025" {
  name = "gateway-dev-2025"

  policy {
    permission_groups = ["storage write"]
    resources         = { "com.cloudflare.edge.storage.*" = "*" }
  }
}
