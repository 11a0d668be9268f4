teardown() {
  echo "tearing down $1"
  terragrunt destroy --working-dir "$1"
}
