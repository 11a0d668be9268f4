"""What GitLab documents of its answers: the entities of its REST API, as JSON schemas.

Written after the entities in GitLab's source (`lib/api/entities/`) and the examples in its documentation, because its
OpenAPI description is in no package. Nothing may be missing, and nothing may be added.
"""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator

TEXT, NUMBER, YES = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}
MAYBE = {"type": ["string", "null"]}
TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}
SHA = {"type": "string", "pattern": "^[0-9a-f]{40}$"}


def entity(properties: dict[str, Any], *optional: str) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def many(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": schema}


def maybe(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


_USER_BASIC: dict[str, Any] = {
    "id": NUMBER,
    "username": TEXT,
    "public_email": MAYBE,
    "name": TEXT,
    "state": TEXT,
    "locked": YES,
    "avatar_url": MAYBE,
    "web_url": TEXT,
}
USER = entity(_USER_BASIC)
LABEL = entity(
    {
        "id": NUMBER,
        "name": TEXT,
        "description": MAYBE,
        "description_html": MAYBE,
        "text_color": TEXT,
        "color": TEXT,
        "archived": YES,
    }
)
COMMIT = entity(
    {
        "id": SHA,
        "short_id": TEXT,
        "created_at": TEXT,
        "parent_ids": many(SHA),
        "title": TEXT,
        "message": TEXT,
        "author_name": TEXT,
        "author_email": TEXT,
        "authored_date": TEXT,
        "committer_name": TEXT,
        "committer_email": TEXT,
        "committed_date": TEXT,
        "trailers": {"type": "object"},
        "extended_trailers": {"type": "object"},
        "web_url": TEXT,
    }
)
_CHANGED = {"resource_type": TEXT, "resource_id": NUMBER}
DIFF = entity(
    {
        "diff": TEXT,
        "collapsed": YES,
        "too_large": YES,
        "new_path": TEXT,
        "old_path": TEXT,
        "a_mode": TEXT,
        "b_mode": TEXT,
        "new_file": YES,
        "renamed_file": YES,
        "deleted_file": YES,
        "generated_file": {"type": ["boolean", "null"]},
    }
)
BRANCH = entity(
    {
        "name": TEXT,
        "commit": COMMIT,
        "merged": YES,
        "protected": YES,
        "developers_can_push": YES,
        "developers_can_merge": YES,
        "can_push": YES,
        "default": YES,
        "web_url": TEXT,
    }
)
MEMBER = entity(
    {
        **_USER_BASIC,
        "access_level": NUMBER,
        "created_at": TIME,
        "expires_at": MAYBE,
        "membership_state": TEXT,
    }
)
NOTE = entity(
    {
        "id": NUMBER,
        "type": MAYBE,
        "body": TEXT,
        "author": USER,
        "created_at": TIME,
        "updated_at": TIME,
        "system": YES,
        "noteable_id": NUMBER,
        "noteable_type": TEXT,
        "project_id": NUMBER,
        "resolvable": YES,
        "confidential": YES,
        "internal": YES,
        "imported": YES,
        "imported_from": TEXT,
        "noteable_iid": NUMBER,
        "commands_changes": {"type": "object"},
    }
)
STATUS = entity(
    {
        "id": NUMBER,
        "sha": SHA,
        "ref": TEXT,
        "status": TEXT,
        "name": TEXT,
        "target_url": MAYBE,
        "description": MAYBE,
        "created_at": TIME,
        "started_at": maybe(TIME),
        "finished_at": maybe(TIME),
        "allow_failure": YES,
        "coverage": {"type": ["number", "null"]},
        "pipeline_id": NUMBER,
        "author": USER,
    }
)
CAR = entity(
    {
        "id": NUMBER,
        "merge_request": entity(
            {
                "id": NUMBER,
                "iid": NUMBER,
                "project_id": NUMBER,
                "title": TEXT,
                "description": MAYBE,
                "state": TEXT,
                "created_at": TIME,
                "updated_at": TIME,
                "web_url": TEXT,
            }
        ),
        "user": USER,
        "pipeline": {"type": ["object", "null"]},
        "created_at": TIME,
        "updated_at": TIME,
        "target_branch": TEXT,
        "status": TEXT,
        "merged_at": maybe(TIME),
        "duration": {"type": ["integer", "null"]},
    }
)
ENTITIES: dict[str, Any] = {
    "project": {
        "type": "object",
        "properties": {"id": NUMBER, "path_with_namespace": TEXT, "default_branch": MAYBE},
        "required": ["id", "path_with_namespace", "default_branch", "web_url"],
    },
    "merge request": {
        "type": "object",
        "properties": {"id": NUMBER, "iid": NUMBER, "project_id": NUMBER, "labels": many(TEXT)},
        "required": ["id", "iid", "project_id", "labels"],
    },
    "label events": many(
        entity({"id": NUMBER, "user": USER, "created_at": TIME, **_CHANGED, "label": maybe(LABEL), "action": TEXT})
    ),
    "state events": many(
        entity(
            {
                "id": NUMBER,
                "user": USER,
                "created_at": TIME,
                **_CHANGED,
                "source_commit": maybe(SHA),
                "source_merge_request_id": {"type": ["integer", "null"]},
                "state": {"enum": ["opened", "closed", "locked", "merged", "reopened"]},
            },
            "source_commit",
            "source_merge_request_id",
        )
    ),
    "notes": many(NOTE),
    "note": NOTE,
    "events": many(
        entity(
            {
                "id": NUMBER,
                "project_id": NUMBER,
                "action_name": TEXT,
                "target_id": {"type": "null"},
                "target_iid": {"type": "null"},
                "target_type": {"type": "null"},
                "author_id": NUMBER,
                "target_title": {"type": "null"},
                "created_at": TIME,
                "author": USER,
                "imported": YES,
                "imported_from": TEXT,
                "push_data": entity(
                    {
                        "commit_count": NUMBER,
                        "action": {"enum": ["created", "pushed", "removed"]},
                        "ref_type": {"enum": ["branch", "tag"]},
                        "commit_from": maybe(SHA),
                        "commit_to": maybe(SHA),
                        "ref": MAYBE,
                        "commit_title": MAYBE,
                        "ref_count": {"type": ["integer", "null"]},
                    }
                ),
                "author_username": TEXT,
            }
        )
    ),
    "versions": many(
        entity(
            {
                "id": NUMBER,
                "head_commit_sha": SHA,
                "base_commit_sha": SHA,
                "start_commit_sha": SHA,
                "created_at": TIME,
                "merge_request_id": NUMBER,
                "state": TEXT,
                "real_size": TEXT,
                "patch_id_sha": MAYBE,
            }
        )
    ),
    "compare": entity(
        {
            "commit": maybe(COMMIT),
            "commits": many(COMMIT),
            "diffs": many(DIFF),
            "compare_timeout": YES,
            "compare_same_ref": YES,
            "web_url": TEXT,
        }
    ),
    "branch": BRANCH,
    "branches": many(BRANCH),
    "member": MEMBER,
    "members": many(MEMBER),
    "tree": many(
        entity({"id": SHA, "name": TEXT, "type": {"enum": ["tree", "blob", "commit"]}, "path": TEXT, "mode": TEXT})
    ),
    "commit": {"allOf": [{"type": "object", "required": [*COMMIT["required"], "stats", "status"]}]},
    "status": STATUS,
    "statuses": many(STATUS),
    "car": CAR,
    "cars": many(CAR),
    "raw": {},
    "graph": {"type": "object"},
}
_CHECKS = {name: Draft202012Validator(schema) for name, schema in ENTITIES.items()}


def problems(name: str, body: Any) -> list[str]:
    """Where an answer is not as documented."""
    return [f"{name}: {error.json_path}: {error.message}" for error in _CHECKS[name].iter_errors(body)]
