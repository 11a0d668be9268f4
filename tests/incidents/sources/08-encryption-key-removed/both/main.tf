provider "azurerm" {
  features {}
}

variable "protector_key_id" {
  type    = string
  default = null
}

resource "azurerm_resource_group" "sql" {
  name     = "sql-production"
  location = "westeurope"
}

resource "azurerm_key_vault" "sql" {
  name                     = "sql-production"
  resource_group_name      = azurerm_resource_group.sql.name
  location                 = "westeurope"
  tenant_id                = "00000000-0000-0000-0000-000000000000"
  sku_name                 = "premium"
  purge_protection_enabled = false
}

resource "azurerm_mssql_server" "customers" {
  name                = "customers-production"
  resource_group_name = azurerm_resource_group.sql.name
  location            = "westeurope"
  version             = "12.0"
}

resource "azurerm_mssql_database" "customers" {
  name      = "customers"
  server_id = azurerm_mssql_server.customers.id
}
