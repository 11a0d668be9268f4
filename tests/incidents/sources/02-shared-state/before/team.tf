locals {
  team = "backend"
}
