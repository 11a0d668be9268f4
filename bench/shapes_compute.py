"""Attributes of instances, functions, balancers and what watches them, as the AWS provider writes them.

The order in which random numbers are drawn is part of the form: the same seed must give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

from bench.shapes import ACCOUNT, REGION, Attributes, arn, hexadecimal, tags_of


def _instance(rng: Random, name: str) -> Attributes:
    own = "i-0" + hexadecimal(rng, 16)
    ip = f"10.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(256)}"
    tags = tags_of(rng, name)
    return {
        "ami": "ami-0" + hexadecimal(rng, 16),
        "arn": arn("ec2", "instance/" + own),
        "associate_public_ip_address": False,
        "availability_zone": REGION + rng.choice("abc"),
        "capacity_reservation_specification": [
            {"capacity_reservation_preference": "open", "capacity_reservation_target": []}
        ],
        "cpu_options": [{"amd_sev_snp": "", "core_count": 2, "threads_per_core": 2}],
        "credit_specification": [{"cpu_credits": "unlimited"}],
        "disable_api_stop": False,
        "disable_api_termination": False,
        "ebs_block_device": [
            {
                "delete_on_termination": True,
                "device_name": "/dev/sdf",
                "encrypted": True,
                "iops": 3000,
                "kms_key_id": arn("kms", "key/" + hexadecimal(rng, 32)),
                "snapshot_id": "",
                "tags": {},
                "tags_all": {},
                "throughput": 125,
                "volume_id": "vol-0" + hexadecimal(rng, 16),
                "volume_size": rng.choice([50, 100, 500]),
                "volume_type": "gp3",
            }
        ],
        "ebs_optimized": True,
        "enclave_options": [{"enabled": False}],
        "ephemeral_block_device": [],
        "get_password_data": False,
        "hibernation": False,
        "host_id": "",
        "host_resource_group_arn": None,
        "iam_instance_profile": name,
        "id": own,
        "instance_initiated_shutdown_behavior": "stop",
        "instance_market_options": [],
        "instance_lifecycle": "",
        "instance_state": "running",
        "instance_type": rng.choice(["m6i.large", "c6i.xlarge", "t3.medium"]),
        "ipv6_address_count": 0,
        "ipv6_addresses": [],
        "key_name": "",
        "launch_template": [],
        "maintenance_options": [{"auto_recovery": "default"}],
        "metadata_options": [
            {
                "http_endpoint": "enabled",
                "http_protocol_ipv6": "disabled",
                "http_put_response_hop_limit": 1,
                "http_tokens": "required",
                "instance_metadata_tags": "disabled",
            }
        ],
        "monitoring": True,
        "network_interface": [],
        "password_data": "",
        "placement_group": "",
        "placement_partition_number": 0,
        "primary_network_interface_id": "eni-0" + hexadecimal(rng, 16),
        "private_dns": "ip-" + ip.replace(".", "-") + f".{REGION}.compute.internal",
        "private_dns_name_options": [
            {
                "enable_resource_name_dns_a_record": False,
                "enable_resource_name_dns_aaaa_record": False,
                "hostname_type": "ip-name",
            }
        ],
        "private_ip": ip,
        "public_dns": "",
        "public_ip": "",
        "root_block_device": [
            {
                "delete_on_termination": True,
                "device_name": "/dev/xvda",
                "encrypted": True,
                "iops": 3000,
                "kms_key_id": arn("kms", "key/" + hexadecimal(rng, 32)),
                "tags": {},
                "tags_all": {},
                "throughput": 125,
                "volume_id": "vol-0" + hexadecimal(rng, 16),
                "volume_size": 50,
                "volume_type": "gp3",
            }
        ],
        "secondary_private_ips": [],
        "security_groups": [],
        "source_dest_check": True,
        "spot_instance_request_id": "",
        "subnet_id": "subnet-0" + hexadecimal(rng, 16),
        "tags": tags,
        "tags_all": tags,
        "tenancy": "default",
        "timeouts": None,
        "user_data": hexadecimal(rng, 40),
        "user_data_base64": None,
        "user_data_replace_on_change": False,
        "volume_tags": None,
        "vpc_security_group_ids": ["sg-0" + hexadecimal(rng, 16), "sg-0" + hexadecimal(rng, 16)],
    }


def _lambda_function(rng: Random, name: str) -> Attributes:
    tags = tags_of(rng, name)
    return {
        "architectures": ["arm64"],
        "arn": arn("lambda", "function:" + name),
        "code_sha256": hexadecimal(rng, 44),
        "code_signing_config_arn": "",
        "dead_letter_config": [{"target_arn": arn("sqs", name + "-dlq")}],
        "description": "",
        "environment": [
            {
                "variables": {
                    "LOG_LEVEL": "info",
                    "TABLE": name,
                    "QUEUE_URL": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}?a=1&b=2",
                    "STAGE": "prod",
                }
            }
        ],
        "ephemeral_storage": [{"size": 512}],
        "file_system_config": [],
        "filename": None,
        "function_name": name,
        "handler": "main.handler",
        "id": name,
        "image_config": [],
        "image_uri": "",
        "invoke_arn": arn("apigateway", f"lambda:path/2015-03-31/functions/{name}/invocations"),
        "kms_key_arn": "",
        "last_modified": "2024-03-11T10:01:02.000+0000",
        "layers": [],
        "logging_config": [
            {
                "application_log_level": "",
                "log_format": "Text",
                "log_group": "/aws/lambda/" + name,
                "system_log_level": "",
            }
        ],
        "memory_size": 512,
        "package_type": "Zip",
        "publish": False,
        "qualified_arn": arn("lambda", f"function:{name}:$LATEST"),
        "replace_security_groups_on_destroy": None,
        "replacement_security_group_ids": None,
        "reserved_concurrent_executions": -1,
        "role": f"arn:aws:iam::{ACCOUNT}:role/{name}",
        "runtime": "python3.11",
        "s3_bucket": "artifacts",
        "s3_key": name + ".zip",
        "s3_object_version": None,
        "signing_job_arn": "",
        "signing_profile_version_arn": "",
        "skip_destroy": False,
        "snap_start": [],
        "source_code_hash": hexadecimal(rng, 44),
        "source_code_size": rng.randrange(10**7),
        "tags": tags,
        "tags_all": tags,
        "timeout": 30,
        "timeouts": None,
        "tracing_config": [{"mode": "Active"}],
        "version": "$LATEST",
        "vpc_config": [
            {
                "ipv6_allowed_for_dual_stack": False,
                "security_group_ids": ["sg-0" + hexadecimal(rng, 16)],
                "subnet_ids": ["subnet-0" + hexadecimal(rng, 16), "subnet-0" + hexadecimal(rng, 16)],
                "vpc_id": "vpc-0" + hexadecimal(rng, 16),
            }
        ],
    }


def _lb(rng: Random, name: str) -> Attributes:
    tags = tags_of(rng, name)
    own = hexadecimal(rng, 16)
    return {
        "access_logs": [{"bucket": "logs", "enabled": True, "prefix": name}],
        "arn": arn("elasticloadbalancing", f"loadbalancer/app/{name}/{own}"),
        "arn_suffix": f"app/{name}/{own}",
        "client_keep_alive": 3600,
        "connection_logs": [{"bucket": "", "enabled": False, "prefix": ""}],
        "customer_owned_ipv4_pool": "",
        "desync_mitigation_mode": "defensive",
        "dns_name": f"internal-{name}.{REGION}.elb.amazonaws.com",
        "drop_invalid_header_fields": True,
        "enable_cross_zone_load_balancing": True,
        "enable_deletion_protection": True,
        "enable_http2": True,
        "enable_waf_fail_open": False,
        "id": arn("elasticloadbalancing", f"loadbalancer/app/{name}/{own}"),
        "idle_timeout": 60,
        "internal": True,
        "ip_address_type": "ipv4",
        "load_balancer_type": "application",
        "name": name,
        "preserve_host_header": False,
        "security_groups": ["sg-0" + hexadecimal(rng, 16)],
        "subnet_mapping": [
            {
                "allocation_id": "",
                "ipv6_address": "",
                "outpost_id": "",
                "private_ipv4_address": "",
                "subnet_id": "subnet-0" + hexadecimal(rng, 16),
            }
            for _ in range(3)
        ],
        "subnets": ["subnet-0" + hexadecimal(rng, 16) for _ in range(3)],
        "tags": tags,
        "tags_all": tags,
        "timeouts": None,
        "vpc_id": "vpc-0" + hexadecimal(rng, 16),
        "xff_header_processing_mode": "append",
        "zone_id": "Z32O12XQLNTSW2",
    }


def _lb_target_group(rng: Random, name: str) -> Attributes:
    tags = tags_of(rng, name)
    own = hexadecimal(rng, 16)
    return {
        "arn": arn("elasticloadbalancing", f"targetgroup/{name}/{own}"),
        "arn_suffix": f"targetgroup/{name}/{own}",
        "connection_termination": None,
        "deregistration_delay": "300",
        "health_check": [
            {
                "enabled": True,
                "healthy_threshold": 3,
                "interval": 30,
                "matcher": "200",
                "path": "/healthz",
                "port": "traffic-port",
                "protocol": "HTTP",
                "timeout": 5,
                "unhealthy_threshold": 3,
            }
        ],
        "id": arn("elasticloadbalancing", f"targetgroup/{name}/{own}"),
        "ip_address_type": "ipv4",
        "lambda_multi_value_headers_enabled": False,
        "load_balancer_arns": [],
        "load_balancing_algorithm_type": "round_robin",
        "name": name,
        "port": 8080,
        "protocol": "HTTP",
        "protocol_version": "HTTP1",
        "proxy_protocol_v2": False,
        "slow_start": 0,
        "stickiness": [{"cookie_duration": 86400, "cookie_name": "", "enabled": False, "type": "lb_cookie"}],
        "tags": tags,
        "tags_all": tags,
        "target_failover": [],
        "target_type": "ip",
        "vpc_id": "vpc-0" + hexadecimal(rng, 16),
    }


def _cloudwatch_metric_alarm(rng: Random, name: str) -> Attributes:
    tags = tags_of(rng, name)
    return {
        "actions_enabled": True,
        "alarm_actions": [arn("sns", name)],
        "alarm_description": "",
        "alarm_name": name,
        "arn": arn("cloudwatch", "alarm:" + name),
        "comparison_operator": "GreaterThanThreshold",
        "datapoints_to_alarm": 3,
        "dimensions": {"InstanceId": "i-0" + hexadecimal(rng, 16)},
        "evaluate_low_sample_count_percentiles": "",
        "evaluation_periods": 3,
        "extended_statistic": "",
        "id": name,
        "insufficient_data_actions": [],
        "metric_name": "CPUUtilization",
        "metric_query": [],
        "namespace": "AWS/EC2",
        "ok_actions": [arn("sns", name)],
        "period": 60,
        "statistic": "Average",
        "tags": tags,
        "tags_all": tags,
        "threshold": 80,
        "threshold_metric_id": "",
        "treat_missing_data": "missing",
        "unit": "",
    }


def _cloudwatch_log_group(rng: Random, name: str) -> Attributes:
    tags = tags_of(rng, name)
    return {
        "arn": arn("logs", "log-group:/app/" + name),
        "id": "/app/" + name,
        "kms_key_id": arn("kms", "key/" + hexadecimal(rng, 32)),
        "log_group_class": "STANDARD",
        "name": "/app/" + name,
        "name_prefix": "",
        "retention_in_days": 30,
        "skip_destroy": False,
        "tags": tags,
        "tags_all": tags,
    }


SHAPES: Mapping[str, Callable[[Random, str], Attributes]] = {
    "aws_instance": _instance,
    "aws_lambda_function": _lambda_function,
    "aws_lb": _lb,
    "aws_lb_target_group": _lb_target_group,
    "aws_cloudwatch_metric_alarm": _cloudwatch_metric_alarm,
    "aws_cloudwatch_log_group": _cloudwatch_log_group,
}
"""By type."""
