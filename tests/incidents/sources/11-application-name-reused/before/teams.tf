locals {
  teams = {}
}
