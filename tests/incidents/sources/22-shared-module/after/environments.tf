# The review application was merged, and its line taken out. The wrong line.
locals {
  environments = toset(["review-217"])
}
