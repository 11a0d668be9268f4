locals {
  environments = toset(["prod", "review-217"])
}
