locals {
  labels = { app = "authentication" }
}
