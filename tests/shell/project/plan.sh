#!/bin/sh
# never run terraform destroy here
terraform init
terraform plan -out tfplan "$@"
