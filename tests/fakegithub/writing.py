"""POST, PATCH, PUT and DELETE: what planguard and people's tokens write."""

from __future__ import annotations

import base64

from fakegithub.git import GitError
from fakegithub.routing import Asked, Refusal, Reply, route
from fakegithub.state import stamp

_R = "/repos/{owner}/{repo}"


@route("POST", _R + "/issues/{issue_number}/comments", "issues")
def say(asked: Asked) -> Reply:
    made = asked.pull.comment(
        _text(asked), asked.token.user.login, app=asked.token.app.slug if asked.token.app else None
    )
    return Reply(201, asked.answers.comment(made))


@route("PATCH", _R + "/issues/comments/{comment_id}", "issues")
def edit(asked: Asked) -> Reply:
    for pull in asked.repo.pulls.values():
        for comment in pull.comments:
            if str(comment.id) == asked.names["comment_id"]:
                comment.edit(_text(asked), asked.token.user.login)
                return Reply(200, asked.answers.comment(comment))
    raise Refusal(404, "Not Found")


@route("POST", _R + "/issues/{issue_number}/labels", "issues")
def label(asked: Asked) -> Reply:
    pull = asked.pull
    for name in asked.body["labels"]:
        pull.label(name, asked.token.user.login, app=asked.token.app.slug if asked.token.app else None)
    return Reply(200, [asked.answers.label(label, pull.repo) for label in pull.labelled])


@route("DELETE", _R + "/issues/{issue_number}/labels/{name}", "issues")
def unlabel(asked: Asked) -> Reply:
    pull = asked.pull
    if asked.names["name"].lower() not in [name.lower() for name in pull.labels]:
        raise Refusal(404, "Label does not exist")
    pull.unlabel(asked.names["name"], asked.token.user.login)
    return Reply(200, [asked.answers.label(label, pull.repo) for label in pull.labelled])


@route("POST", _R + "/statuses/{sha}", "statuses")
def status(asked: Asked) -> Reply:
    repo, sha = asked.repo, asked.names["sha"]
    if repo.bare.resolve(f"{sha}^{{commit}}") is None:
        raise Refusal(422, "No commit found for SHA")
    if len(asked.body.get("description") or "") > 140:
        raise Refusal(422, "Validation Failed")
    number, at = asked.world.next_id(), stamp(asked.world.now)
    made = {
        "url": f"{asked.answers.api}/repos/{repo.name}/statuses/{sha}",
        "avatar_url": None,
        "id": number,
        "node_id": f"ST_{number}",
        "state": asked.body["state"],
        "description": asked.body.get("description"),
        "target_url": asked.body.get("target_url"),
        "context": asked.body.get("context", "default"),
        "created_at": at,
        "updated_at": at,
        "creator": asked.answers.user(asked.token.user),
    }
    repo.statuses.setdefault(sha, []).append(made)
    return Reply(201, made)


@route("PUT", _R + "/contents/{path}", "contents")
def put(asked: Asked) -> Reply:
    repo, path = asked.repo, asked.names["path"]
    branch = asked.body.get("branch", repo.default)
    head = repo.head(branch)
    if head is None:
        raise Refusal(404, f"Branch {branch} not found")
    if branch in repo.protected:
        raise Refusal(409, "Repository rule violations found")
    current = repo.bare.resolve(f"{head}:{path}")
    given = asked.body.get("sha")
    if current and not given:
        raise Refusal(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    if given and given != current:
        raise Refusal(409, f"{path} does not match {given}")
    data = base64.b64decode(asked.body["content"])
    repo.commit(branch, {path: data}, by=asked.token.user.login, message=asked.body["message"])
    after = repo.head(branch)
    assert after is not None
    entry = next(entry for entry in repo.bare.entries(after, recursive=True) if entry.path == path)
    content = asked.answers.content(repo, path, entry, None)
    commit = asked.answers.git_commit(repo, repo.bare.log(after, most=1)[0])
    return Reply(200 if current else 201, {"content": content, "commit": commit})


@route("POST", _R + "/git/trees", "contents")
def make_tree(asked: Asked) -> Reply:
    repo = asked.repo
    nested: dict[str, list[tuple[str, str, str, str]]] = {}
    for entry in asked.body["tree"]:
        sha = entry.get("sha") or repo.bare.make_blob(entry["content"].encode())
        directory, _, name = entry["path"].rpartition("/")
        nested.setdefault(directory, []).append((entry["mode"], entry["type"], sha, name))
    # Deepest first: each becomes an entry of the one above.
    above = {"/".join(d.split("/")[:depth]) for d in nested for depth in range(1, d.count("/") + 2)}
    for directory in sorted(above - {""}, key=lambda d: -d.count("/")):
        parent, _, name = directory.rpartition("/")
        nested.setdefault(parent, []).append(("040000", "tree", repo.bare.make_tree(nested.pop(directory)), name))
    sha = repo.bare.make_tree(nested[""])
    entries = repo.bare.entries(sha, recursive=False)
    return Reply(201, asked.answers.tree(repo, sha, entries, truncated=False))


@route("POST", _R + "/git/commits", "contents")
def make_commit(asked: Asked) -> Reply:
    repo, user = asked.repo, asked.token.user
    who = (user.name, user.email)
    given = asked.body
    sha = repo.bare.make_commit(given["tree"], given.get("parents", ()), given["message"], who, asked.world.now)
    return Reply(201, asked.answers.git_commit(repo, repo.bare.log(sha, most=1)[0]))


@route("POST", _R + "/git/refs", "contents")
def make_ref(asked: Asked) -> Reply:
    repo, name, sha = asked.repo, asked.body["ref"], asked.body["sha"]
    branch = name.removeprefix("refs/heads/")
    if branch == name:
        raise Refusal(422, "Reference must be a branch here")
    if repo.head(branch) is not None:
        raise Refusal(422, "Reference already exists")
    try:
        repo.bare.read("cat-file", "-e", f"{sha}^{{commit}}")
    except GitError:
        raise Refusal(422, "Object does not exist") from None
    repo.bare.update(repo.ref(branch), sha, None)
    repo.moved(branch, None, sha, asked.token.user, "branch_creation")
    return Reply(201, asked.answers.ref(repo, branch, sha))


def _text(asked: Asked) -> str:
    body = asked.body.get("body")
    if not body:
        raise Refusal(422, "Validation Failed")
    if len(body) > 65_536:
        raise Refusal(422, "body is too long (maximum is 65536 characters)")
    return str(body)
