"""How a change set is recognised, without decoding it or importing what reads it."""

from __future__ import annotations

import re

_SIGN = (
    rb'"(?:[rR]esourceChange|[cC]hangeSet(?:Id|Name|ARN)|[lL]ogicalResourceId)"[ \t\r\n]*:'
    rb'|"[cC]hanges"[ \t\r\n]*:[ \t\r\n]*(?:\[|null)'
)
_TERRAFORM = rb'"(?:format_version|terraform_version|resource_changes|planned_values|planguard)"[ \t\r\n]*:'


def sniff(lead: bytes) -> bool:
    """Whether the beginning of a file is a change set's: some key of one, and none of a Terraform plan."""
    if not lead.startswith((b"{", b"[")) or (b"hange" not in lead and b"ResourceId" not in lead):
        return False
    return re.search(_SIGN, lead) is not None and re.search(_TERRAFORM, lead) is None
