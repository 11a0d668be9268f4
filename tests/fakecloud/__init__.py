"""A Terraform provider that poses as any cloud, so that real `terraform` makes real plans without an account.

It speaks Terraform's plugin protocol 6 and knows what `clouds.yaml` tells it: the attributes of a resource type,
which are computed, and which force a replacement. Nothing is stored: what exists is what Terraform's own state says.

    python -m fakecloud mirror DIR       write a provider mirror and DIR/terraformrc
    python -m fakecloud state PORT DIR   serve an HTTP state backend (the local one gets slow past 1,000 resources)
    python -m fakecloud serve NAME       what terraform itself runs

Terraform then needs `TF_CLI_CONFIG_FILE=DIR/terraformrc` and `TF_DISABLE_PLUGIN_TLS=1` (there are no certificates).
`FAKECLOUD_WORLD=FILE`, JSON `{type: {id: {attributes} or null}}`, is what a refresh or an import finds out there:
drift, objects that are gone, objects to import. `FAKECLOUD_FAIL=REGEX` makes each matching `operation:type:id` fail,
where the operation is plan, create, update, delete or read; `FAKECLOUD_SLOW=REGEX` makes creating, updating and
deleting take `FAKECLOUD_SECONDS` (2). It is a test tool: planguard must never import it.
"""
