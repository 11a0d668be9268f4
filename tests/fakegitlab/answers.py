"""What GitLab shows of things: one function per entity."""

from __future__ import annotations

from typing import Any

from fakegithub.git import Difference, Entry, Info
from fakegitlab.state import (
    Label,
    LabelEvent,
    Member,
    Merge,
    Note,
    Project,
    Pushed,
    StateEvent,
    User,
    Version,
    World,
    stamp,
)

SINCE = "2026-01-02T03:04:05.678Z"


def user(found: User) -> dict[str, Any]:
    return {
        "id": found.id,
        "username": found.username,
        "public_email": None,
        "name": found.username.capitalize(),
        "state": found.state,
        "locked": False,
        "avatar_url": None,
        "web_url": f"https://gitlab.example.com/{found.username}",
    }


def label(found: Label) -> dict[str, Any]:
    return {
        "id": found.id,
        "name": found.name,
        "description": None,
        "description_html": "",
        "text_color": "#FFFFFF",
        "color": "#dc143c",
        "archived": False,
    }


def label_event(merge: Merge, found: LabelEvent) -> dict[str, Any]:
    return {
        "id": found.id,
        "user": user(found.user),
        "created_at": stamp(found.at),
        "resource_type": "MergeRequest",
        "resource_id": merge.id,
        "label": label(found.label) if found.label else None,
        "action": found.action,
    }


def state_event(merge: Merge, found: StateEvent) -> dict[str, Any]:
    return {
        "id": found.id,
        "user": user(found.user),
        "created_at": stamp(found.at),
        "resource_type": "MergeRequest",
        "resource_id": merge.id,
        "state": found.state,
    }


def note(found: Note) -> dict[str, Any]:
    return {
        "id": found.id,
        "type": None,
        "body": found.body,
        "author": user(found.author),
        "created_at": stamp(found.created),
        "updated_at": stamp(found.updated),
        "system": found.system,
        "noteable_id": found.merge.id,
        "noteable_type": "MergeRequest",
        "project_id": found.merge.project.id,
        "resolvable": False,
        "confidential": found.internal,
        "internal": found.internal,
        "imported": False,
        "imported_from": "none",
        "noteable_iid": found.merge.iid,
        "commands_changes": {},
    }


def pushed(project: Project, found: Pushed) -> dict[str, Any]:
    return {
        "id": found.id,
        "project_id": project.id,
        "action_name": "pushed new" if found.action == "created" else "pushed to",
        "target_id": None,
        "target_iid": None,
        "target_type": None,
        "author_id": found.user.id,
        "target_title": None,
        "created_at": stamp(found.at),
        "author": user(found.user),
        "imported": False,
        "imported_from": "none",
        "push_data": {
            "commit_count": 1,
            "action": found.action,
            "ref_type": "branch",
            "commit_from": found.before,
            "commit_to": found.after,
            "ref": found.ref,
            "commit_title": "Change something",
            "ref_count": None if found.ref else 4,
        },
        "author_username": found.user.username,
    }


def version(merge: Merge, found: Version) -> dict[str, Any]:
    return {
        "id": found.id,
        "head_commit_sha": found.head,
        "base_commit_sha": found.base,
        "start_commit_sha": found.base,
        "created_at": stamp(found.at),
        "merge_request_id": merge.id,
        "state": "collected",
        "real_size": str(len(merge.project.bare.diff(found.base, found.head))),
        "patch_id_sha": None,
    }


def commit(found: Info) -> dict[str, Any]:
    return {
        "id": found.sha,
        "short_id": found.sha[:8],
        "created_at": found.when,
        "parent_ids": list(found.parents),
        "title": found.message.split("\n")[0],
        "message": found.message,
        "author_name": found.author[0],
        "author_email": found.author[1],
        "authored_date": found.when,
        "committer_name": found.committer[0],
        "committer_email": found.committer[1],
        "committed_date": found.when,
        "trailers": {},
        "extended_trailers": {},
        "web_url": f"https://gitlab.example.com/-/commit/{found.sha}",
    }


def branch(project: Project, name: str, sha: str) -> dict[str, Any]:
    return {
        "name": name,
        "commit": commit(project.bare.log(sha, most=1)[0]),
        "merged": False,
        "protected": name in project.protected,
        "developers_can_push": False,
        "developers_can_merge": False,
        "can_push": name not in project.protected,
        "default": name == project.default,
        "web_url": f"https://gitlab.example.com/{project.path}/-/tree/{name}",
    }


def diff(found: Difference) -> dict[str, Any]:
    return {
        "diff": "@@ -1 +1 @@\n",
        "collapsed": False,
        "too_large": False,
        "new_path": found.path,
        "old_path": found.previous or found.path,
        "a_mode": "100644",
        "b_mode": "100644",
        "new_file": found.status == "added",
        "renamed_file": found.status == "renamed",
        "deleted_file": found.status == "removed",
        "generated_file": None,
    }


def member(found: Member) -> dict[str, Any]:
    # `state` is the account's; that of the membership has a name of its own.
    return {
        **user(found.user),
        "access_level": found.level,
        "created_at": SINCE,
        "expires_at": found.expires,
        "membership_state": found.state,
    }


def entry(directory: str, found: Entry) -> dict[str, Any]:
    path = f"{directory}/{found.path}" if directory else found.path
    return {"id": found.sha, "name": found.path, "type": found.type, "path": path, "mode": found.mode}


def status(world: World, sha: str, found: dict[str, str], by: User) -> dict[str, Any]:
    return {
        "id": 91,
        "sha": sha,
        "ref": "main",
        "status": found["state"],
        "name": found["name"],
        "target_url": None,
        "description": found.get("description"),
        "created_at": stamp(world.now),
        "started_at": None,
        "finished_at": stamp(world.now),
        "allow_failure": False,
        "coverage": None,
        "pipeline_id": 5,
        "author": user(by),
    }


def car(id: int, merge: Merge) -> dict[str, Any]:
    return {
        "id": id,
        "merge_request": {
            "id": merge.id,
            "iid": merge.iid,
            "project_id": merge.project.id,
            "title": merge.title,
            "description": None,
            "state": merge.state,
            "created_at": SINCE,
            "updated_at": SINCE,
            "web_url": "https://gitlab.example.com/",
        },
        "user": user(merge.author),
        "pipeline": None,
        "created_at": SINCE,
        "updated_at": SINCE,
        "target_branch": merge.base,
        "status": "fresh" if merge.state == "opened" else "merged",
        "merged_at": None,
        "duration": None,
    }
