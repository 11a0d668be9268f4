provider "azurerm" {
  features {}
}

resource "azurerm_resource_group" "boards" {
  name     = "boards-prod-brazilsouth"
  location = "brazilsouth"
}

resource "azurerm_storage_account" "exports" {
  name                     = "boardsprodexports"
  resource_group_name      = azurerm_resource_group.boards.name
  location                 = "brazilsouth"
  account_tier             = "Standard"
  account_replication_type = "GRS"
}
