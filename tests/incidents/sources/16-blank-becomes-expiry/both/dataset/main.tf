variable "name" {
  type = string
}

# Nothing given means a year: a default that was right for trials.
variable "expiration_hours" {
  type     = number
  nullable = false
  default  = 8760
}

resource "google_bigquery_dataset" "this" {
  dataset_id                  = var.name
  location                    = "australia-southeast1"
  default_table_expiration_ms = var.expiration_hours == 0 ? null : var.expiration_hours * 3600000
}
