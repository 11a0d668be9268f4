# Half of the volumes have no tags yet.
locals {
  only = {}
}
