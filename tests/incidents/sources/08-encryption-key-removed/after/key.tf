# The key looked like a left-over: nothing in the sources but this link refers to it.
resource "azurerm_mssql_server_transparent_data_encryption" "customers" {
  server_id        = azurerm_mssql_server.customers.id
  key_vault_key_id = var.protector_key_id
}
