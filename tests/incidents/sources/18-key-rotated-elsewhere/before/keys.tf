resource "cloudflare_api_token" "gateway_2024" {
  name = "gateway-production-2024"

  policy {
    permission_groups = ["storage write"]
    resources         = { "com.cloudflare.edge.storage.*" = "*" }
  }
}
