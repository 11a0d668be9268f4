"""Attributes of networks, identities and names, as the AWS provider writes them.

The order in which random numbers are drawn is part of the form: the same seed must give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from random import Random

from bench.shapes import ACCOUNT, REGION, Attributes, arn, hexadecimal, policy, tags_of


def _security_group(rng: Random, name: str) -> Attributes:
    own = "sg-0" + hexadecimal(rng, 16)
    tags = tags_of(rng, name)
    return {
        "arn": arn("ec2", "security-group/" + own),
        "description": "Managed by Terraform",
        "egress": [
            {
                "cidr_blocks": ["0.0.0.0/0"],
                "description": "",
                "from_port": 0,
                "ipv6_cidr_blocks": ["::/0"],
                "prefix_list_ids": [],
                "protocol": "-1",
                "security_groups": [],
                "self": False,
                "to_port": 0,
            }
        ],
        "id": own,
        "ingress": [
            {
                "cidr_blocks": [f"10.{number}.0.0/16"],
                "description": f"from {name}",
                "from_port": port,
                "ipv6_cidr_blocks": [],
                "prefix_list_ids": [],
                "protocol": "tcp",
                "security_groups": [],
                "self": False,
                "to_port": port,
            }
            for number, port in enumerate((22, 443, 5432)[: rng.randrange(1, 4)])
        ],
        "name": name,
        "name_prefix": "",
        "owner_id": ACCOUNT,
        "revoke_rules_on_delete": False,
        "tags": tags,
        "tags_all": tags,
        "timeouts": None,
        "vpc_id": "vpc-0" + hexadecimal(rng, 16),
    }


def _security_group_rule(rng: Random, name: str) -> Attributes:
    return {
        "cidr_blocks": [f"10.{rng.randrange(256)}.0.0/16"],
        "description": None,
        "from_port": 443,
        "id": "sgrule-" + str(rng.getrandbits(31)),
        "ipv6_cidr_blocks": None,
        "prefix_list_ids": [],
        "protocol": "tcp",
        "security_group_id": "sg-0" + hexadecimal(rng, 16),
        "security_group_rule_id": "sgr-0" + hexadecimal(rng, 16),
        "self": False,
        "source_security_group_id": None,
        "timeouts": None,
        "to_port": 443,
        "type": "ingress",
    }


def _iam_role(rng: Random, name: str) -> Attributes:
    tags = tags_of(rng, name)
    return {
        "arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
        "assume_role_policy": json.dumps(
            {
                "Statement": [
                    {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}}
                ],
                "Version": "2012-10-17",
            },
            separators=(",", ":"),
        ),
        "create_date": "2024-03-11T10:01:02Z",
        "description": "",
        "force_detach_policies": False,
        "id": name,
        "inline_policy": [{"name": "inline", "policy": policy(rng, name)}],
        "managed_policy_arns": ["arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"],
        "max_session_duration": 3600,
        "name": name,
        "name_prefix": "",
        "path": "/",
        "permissions_boundary": "",
        "tags": tags,
        "tags_all": tags,
        "unique_id": "AROA" + hexadecimal(rng, 16).upper(),
    }


def _iam_policy(rng: Random, name: str) -> Attributes:
    tags = tags_of(rng, name)
    return {
        "arn": f"arn:aws:iam::{ACCOUNT}:policy/{name}",
        "attachment_count": 1,
        "description": "",
        "id": f"arn:aws:iam::{ACCOUNT}:policy/{name}",
        "name": name,
        "name_prefix": "",
        "path": "/",
        "policy": policy(rng, name),
        "policy_id": "ANPA" + hexadecimal(rng, 16).upper(),
        "tags": tags,
        "tags_all": tags,
    }


def _iam_role_policy_attachment(rng: Random, name: str) -> Attributes:
    return {
        "id": name + "-20240311100102" + str(rng.getrandbits(40)),
        "policy_arn": f"arn:aws:iam::{ACCOUNT}:policy/{name}",
        "role": name,
    }


def _subnet(rng: Random, name: str) -> Attributes:
    own = "subnet-0" + hexadecimal(rng, 16)
    tags = tags_of(rng, name)
    return {
        "arn": arn("ec2", "subnet/" + own),
        "assign_ipv6_address_on_creation": False,
        "availability_zone": REGION + "a",
        "availability_zone_id": "euw1-az1",
        "cidr_block": f"10.{rng.randrange(256)}.{rng.randrange(256)}.0/24",
        "customer_owned_ipv4_pool": "",
        "enable_dns64": False,
        "enable_lni_at_device_index": 0,
        "enable_resource_name_dns_a_record_on_launch": False,
        "enable_resource_name_dns_aaaa_record_on_launch": False,
        "id": own,
        "ipv6_cidr_block": "",
        "ipv6_cidr_block_association_id": "",
        "ipv6_native": False,
        "map_customer_owned_ip_on_launch": False,
        "map_public_ip_on_launch": False,
        "outpost_arn": "",
        "owner_id": ACCOUNT,
        "private_dns_hostname_type_on_launch": "ip-name",
        "tags": tags,
        "tags_all": tags,
        "timeouts": None,
        "vpc_id": "vpc-0" + hexadecimal(rng, 16),
    }


def _vpc(rng: Random, name: str) -> Attributes:
    own = "vpc-0" + hexadecimal(rng, 16)
    tags = tags_of(rng, name)
    return {
        "arn": arn("ec2", "vpc/" + own),
        "assign_generated_ipv6_cidr_block": False,
        "cidr_block": f"10.{rng.randrange(256)}.0.0/16",
        "default_network_acl_id": "acl-0" + hexadecimal(rng, 16),
        "default_route_table_id": "rtb-0" + hexadecimal(rng, 16),
        "default_security_group_id": "sg-0" + hexadecimal(rng, 16),
        "dhcp_options_id": "dopt-0" + hexadecimal(rng, 16),
        "enable_dns_hostnames": True,
        "enable_dns_support": True,
        "enable_network_address_usage_metrics": False,
        "id": own,
        "instance_tenancy": "default",
        "ipv4_ipam_pool_id": None,
        "ipv4_netmask_length": None,
        "ipv6_association_id": "",
        "ipv6_cidr_block": "",
        "ipv6_cidr_block_network_border_group": "",
        "ipv6_ipam_pool_id": "",
        "ipv6_netmask_length": 0,
        "main_route_table_id": "rtb-0" + hexadecimal(rng, 16),
        "owner_id": ACCOUNT,
        "tags": tags,
        "tags_all": tags,
    }


def _route53_record(rng: Random, name: str) -> Attributes:
    return {
        "alias": [
            {
                "evaluate_target_health": True,
                "name": f"internal-{name}.{REGION}.elb.amazonaws.com",
                "zone_id": "Z32O12XQLNTSW2",
            }
        ],
        "allow_overwrite": None,
        "cidr_routing_policy": [],
        "failover_routing_policy": [],
        "fqdn": name + ".example.com",
        "geolocation_routing_policy": [],
        "health_check_id": "",
        "id": "Z0" + hexadecimal(rng, 12).upper() + f"_{name}_A",
        "latency_routing_policy": [],
        "multivalue_answer_routing_policy": False,
        "name": name + ".example.com",
        "records": [],
        "set_identifier": "",
        "ttl": 0,
        "type": "A",
        "weighted_routing_policy": [],
        "zone_id": "Z0" + hexadecimal(rng, 12).upper(),
    }


SHAPES: Mapping[str, Callable[[Random, str], Attributes]] = {
    "aws_security_group": _security_group,
    "aws_security_group_rule": _security_group_rule,
    "aws_iam_role": _iam_role,
    "aws_iam_policy": _iam_policy,
    "aws_iam_role_policy_attachment": _iam_role_policy_attachment,
    "aws_subnet": _subnet,
    "aws_vpc": _vpc,
    "aws_route53_record": _route53_record,
}
"""By type."""
