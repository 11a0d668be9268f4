resource "azurerm_key_vault_key" "protector" {
  name         = "sql-protector-production"
  key_vault_id = azurerm_key_vault.sql.id
  key_type     = "RSA"
  key_size     = 3072
  key_opts     = ["wrapKey", "unwrapKey"]
}

resource "azurerm_mssql_server_transparent_data_encryption" "customers" {
  server_id        = azurerm_mssql_server.customers.id
  key_vault_key_id = azurerm_key_vault_key.protector.id
}
