terraform {
  required_providers {
    cloudflare = { source = "cloudflare/cloudflare" }
  }
}

provider "cloudflare" {}

variable "gateway_key" {
  type      = string
  sensitive = true
  default   = "not a real key"
}

# What production authenticates with. Whoever rotates the key must bring the new one here, by hand.
resource "cloudflare_workers_secret" "gateway" {
  account_id  = "0123456789abcdef"
  script_name = "gateway-production"
  name        = "STORAGE_KEY"
  secret_text = var.gateway_key
}
