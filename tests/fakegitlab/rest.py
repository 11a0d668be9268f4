"""The REST API: one handler per call."""

from __future__ import annotations

import base64

from fakegithub.git import GitError
from fakegitlab import answers
from fakegitlab.routing import Asked, Refusal, Reply, route
from fakegitlab.state import Project

PROJECT = "/projects/:id"
MERGE = f"{PROJECT}/merge_requests/:iid"


@route("GET", PROJECT, "project")
def project(asked: Asked) -> Reply:
    found = asked.project
    return Reply(
        200,
        {
            "id": found.id,
            "path_with_namespace": found.path,
            "default_branch": found.default,
            "web_url": f"https://gitlab.example.com/{found.path}",
        },
    )


# --- merge requests --------------------------------------------------------------------------------------------------


@route("GET", f"{MERGE}/resource_label_events", "label events")
def label_events(asked: Asked) -> Reply:
    return asked.page(asked.merge.label_events, lambda event: answers.label_event(asked.merge, event))


@route("GET", f"{MERGE}/resource_state_events", "state events")
def state_events(asked: Asked) -> Reply:
    return asked.page(asked.merge.state_events, lambda event: answers.state_event(asked.merge, event))


@route("GET", f"{MERGE}/versions", "versions")
def versions(asked: Asked) -> Reply:
    return asked.page(asked.merge.versions[::-1], lambda version: answers.version(asked.merge, version))


@route("GET", f"{MERGE}/notes", "notes")
def notes(asked: Asked) -> Reply:
    found = sorted(asked.merge.notes, key=lambda note: (note.created, note.id))
    return asked.page(found if asked.query.get("sort") == "asc" else found[::-1], answers.note)


@route("POST", f"{MERGE}/notes", "note")
def add_note(asked: Asked) -> Reply:
    body = asked.body["body"]
    if not body or len(body) > 1_000_000:
        raise Refusal(400, "400 Bad request - Note is too long")
    return Reply(201, answers.note(asked.merge.note(body, by=asked.token.user.username)))


@route("PUT", f"{MERGE}/notes/:note", "note")
def edit_note(asked: Asked) -> Reply:
    found = next((note for note in asked.merge.notes if note.id == int(asked.names["note"])), None)
    if found is None:
        raise Refusal(404, "404 Note Not Found")
    if found.author is not asked.token.user:
        raise Refusal(403, "403 Forbidden")
    found.edit(asked.body["body"])
    return Reply(200, answers.note(found))


@route("PUT", MERGE, "merge request")
def edit_merge(asked: Asked) -> Reply:
    merge, user = asked.merge, asked.token.user
    member = asked.project.members.get(user.id)
    if member is not None and member.level >= 15:  # of anybody else it is left out, without a word
        for name in filter(None, asked.body.get("remove_labels", "").split(",")):
            if name in merge.labels:
                merge.unlabel(name, by=user.username)
        for name in filter(None, asked.body.get("add_labels", "").split(",")):
            merge.label(name, by=user.username)
    return Reply(200, {"id": merge.id, "iid": merge.iid, "project_id": merge.project.id, "labels": merge.labels})


@route("GET", f"{PROJECT}/merge_trains/merge_requests/:iid", "car")
def car(asked: Asked) -> Reply:
    found = [(id, merge) for id, merge in asked.project.train if merge.iid == int(asked.names["iid"])]
    if not found:
        raise Refusal(404, "404 Not Found")
    return Reply(200, answers.car(*found[-1]))


@route("GET", f"{PROJECT}/merge_trains/:branch", "cars")
def cars(asked: Asked) -> Reply:
    branch, active = asked.names["branch"], asked.query.get("scope") == "active"
    found = [
        (id, merge) for id, merge in asked.project.train if merge.base == branch and (merge.state == "opened") == active
    ]
    return asked.page(sorted(found, reverse=asked.query.get("sort") != "asc"), lambda each: answers.car(*each))


# --- people ----------------------------------------------------------------------------------------------------------


@route("GET", f"{PROJECT}/members/all/:user", "member")
def member(asked: Asked) -> Reply:
    found = asked.project.members.get(int(asked.names["user"]))
    if found is None:
        raise Refusal(404, "404 Not found")
    return Reply(200, answers.member(found))


@route("GET", "/groups/:group/members/all", "members")
def members(asked: Asked) -> Reply:
    found = asked.world.groups.get(asked.names["group"])
    if found is None or asked.token.blind:
        raise Refusal(404, "404 Group Not Found")
    return asked.page(found, answers.member)


@route("GET", f"{PROJECT}/events", "events")
def events(asked: Asked) -> Reply:
    assert asked.query["action"] == "pushed"
    project = asked.project
    return asked.page(project.pushed[::-1], lambda event: answers.pushed(project, event))


# --- the repository --------------------------------------------------------------------------------------------------


@route("GET", f"{PROJECT}/repository/branches", "branches")
def branches(asked: Asked) -> Reply:
    found = asked.project
    prefix = asked.query.get("search", "").removeprefix("^")
    wanted = [(name, sha) for name, sha in sorted(found.branches().items()) if name.startswith(prefix)]
    return asked.page(wanted, lambda each: answers.branch(found, *each))


@route("GET", f"{PROJECT}/repository/branches/:branch", "branch")
def branch(asked: Asked) -> Reply:
    name = asked.names["branch"]
    sha = asked.project.head(name)
    if sha is None:
        raise Refusal(404, "404 Branch Not Found")
    return Reply(200, answers.branch(asked.project, name, sha))


@route("GET", f"{PROJECT}/repository/compare", "compare")
def compare(asked: Asked) -> Reply:
    bare, one, other = asked.project.bare, asked.query["from"], asked.query["to"]
    start = bare.merge_base(one, other)
    if start is None:
        raise Refusal(404, "404 Ref Not Found")
    commits = [answers.commit(info) for info in bare.log(other, f"^{one}")]
    return Reply(
        200,
        {
            "commit": commits[-1] if commits else None,
            "commits": commits,
            "diffs": [answers.diff(found) for found in bare.diff(start, other)],
            "compare_timeout": False,
            "compare_same_ref": one == other,
            "web_url": f"https://gitlab.example.com/{asked.project.path}/-/compare/{one}...{other}",
        },
    )


@route("GET", f"{PROJECT}/repository/tree", "tree")
def tree(asked: Asked) -> Reply:
    directory, bare = asked.query.get("path", ""), asked.project.bare
    try:
        found = bare.entries(f"{asked.query['ref']}:{directory}", recursive=False)
    except GitError:
        raise Refusal(404, "404 invalid revision or path Not Found") from None
    return asked.page(found, lambda entry: answers.entry(directory, entry))


@route("GET", f"{PROJECT}/repository/blobs/:sha/raw", "raw")
def raw(asked: Asked) -> Reply:
    found = asked.project.bare.blob(asked.names["sha"])
    if found is None:
        raise Refusal(404, "404 Blob Not Found")
    return Reply(200, found, {"Content-Type": "text/plain"})


@route("POST", f"{PROJECT}/repository/commits", "commit")
def add_commit(asked: Asked) -> Reply:
    found, body = asked.project, asked.body
    if body["branch"] in found.protected:
        raise Refusal(403, "403 Forbidden - You are not allowed to push into this branch")
    head = found.head(body["branch"])
    if "start_branch" in body:
        if head is not None:
            raise Refusal(400, f"A branch called '{body['branch']}' already exists.")
        start = found.head(body["start_branch"])
    else:
        start = head
    if start is None:
        raise Refusal(400, "You can only create or edit files when you are on a branch")
    files = _files(found, start, body["actions"])
    after = found.bare.commit(
        found.ref(body["branch"]),
        files,
        author=("planguard", "planguard@example.com"),
        committer=("planguard", "planguard@example.com"),
        when=asked.world.now,
        messages=[body["commit_message"]],
        parent=start,
    )
    found.moved(body["branch"], head, after, asked.token.user)
    shown = answers.commit(found.bare.log(after, most=1)[0])
    return Reply(201, {**shown, "stats": {"additions": 1, "deletions": 0, "total": 1}, "status": None})


def _files(project: Project, commit: str, actions: list[dict[str, str]]) -> dict[str, str | bytes | None]:
    found: dict[str, str | bytes | None] = {}
    for action in actions:
        path, kind = action["file_path"], action["action"]
        exists = project.bare.resolve(f"{commit}:{path}") is not None
        if kind == "create" and exists:
            raise Refusal(400, "A file with this name already exists")
        if kind in ("update", "delete") and not exists:
            raise Refusal(400, "A file with this name doesn't exist")
        content = action.get("content", "")
        plain: str | bytes = base64.b64decode(content) if action.get("encoding") == "base64" else content
        found[path] = None if kind == "delete" else plain
    return found


@route("POST", f"{PROJECT}/statuses/:sha", "status")
def add_status(asked: Asked) -> Reply:
    sha, said = asked.names["sha"], dict(asked.body)
    kept = asked.project.statuses.get(sha)
    if len(said["description"]) > 255:
        raise Refusal(400, "description is too long (maximum is 255 characters)")
    if kept is not None and kept["state"] == said["state"]:
        raise Refusal(400, "Cannot transition status via :enqueue from :pending (Reason(s): Status cannot transition)")
    asked.project.statuses[sha] = said
    return Reply(201, answers.status(asked.world, sha, said, asked.token.user))


@route("GET", f"{PROJECT}/repository/commits/:sha/statuses", "statuses")
def statuses(asked: Asked) -> Reply:
    kept = asked.project.statuses.get(asked.names["sha"])
    wanted = [kept] if kept is not None and kept["name"] == asked.query.get("name") else []
    return asked.page(wanted, lambda found: answers.status(asked.world, asked.names["sha"], found, asked.token.user))
