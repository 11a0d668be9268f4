locals {
  zones = [
    { zone = "eu-west-1a", range = "10.0.1.0/24" },
    { zone = "eu-west-1b", range = "10.0.2.0/24" },
    { zone = "eu-west-1c", range = "10.0.3.0/24" },
  ]
}
