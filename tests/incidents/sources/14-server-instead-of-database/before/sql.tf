resource "azurerm_mssql_server" "boards" {
  name                = "boards-prod-brazilsouth"
  resource_group_name = azurerm_resource_group.boards.name
  location            = "brazilsouth"
  version             = "12.0"
}

# Made for one debugging session. The production databases beside it are made by another job.
resource "azurerm_mssql_database" "snapshot" {
  name      = "snapshot-for-debugging"
  server_id = azurerm_mssql_server.boards.id
}
