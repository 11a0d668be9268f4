"""GET: what planguard reads, and a little that people's tools read."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from fakegithub.git import Entry
from fakegithub.routing import Asked, Refusal, Reply, route
from fakegithub.state import stamp

LISTED_COMMITS = 250
COMPARED_FILES = 300
LISTED_FILES = 3000
WHOLE_TREE = 100_000
_R = "/repos/{owner}/{repo}"


@route("GET", "/user")
def me(asked: Asked) -> Reply:
    if asked.token.user.type != "User":
        raise Refusal(403, "Resource not accessible by integration")
    found = asked.answers.user(asked.token.user)
    assert found is not None
    zeros = dict.fromkeys(["public_repos", "public_gists", "followers", "following"], 0)
    nothing = dict.fromkeys(["name", "company", "blog", "location", "email", "hireable", "bio"])
    times = {"created_at": "2024-01-02T03:04:05Z", "updated_at": "2024-01-02T03:04:05Z"}
    return Reply(200, {**found, **zeros, **nothing, "blog": "", **times})


@route("GET", _R)
def repository(asked: Asked) -> Reply:
    return Reply(200, asked.answers.repo(asked.repo))


@route("GET", _R + "/pulls/{pull_number}", "pull_requests")
def pull(asked: Asked) -> Reply:
    return Reply(200, asked.answers.pull(asked.pull))


@route("GET", _R + "/pulls/{pull_number}/commits", "pull_requests")
def pull_commits(asked: Asked) -> Reply:
    found = asked.pull
    commits = found.repo.bare.log(f"{found.base_sha}..{found.head}")[:LISTED_COMMITS]
    return asked.page(commits, lambda info: asked.answers.commit(info, found.repo))


@route("GET", _R + "/pulls/{pull_number}/files", "pull_requests")
def pull_files(asked: Asked) -> Reply:
    found = asked.pull
    base = found.repo.bare.merge_base(found.base_sha, found.head) or found.base_sha
    files = found.repo.bare.diff(base, found.head)[:LISTED_FILES]
    return asked.page(files, lambda difference: asked.answers.file(difference, found.repo, found.head))


@route("GET", _R + "/pulls/{pull_number}/reviews", "pull_requests")
def reviews(asked: Asked) -> Reply:
    found = asked.pull
    return asked.page(found.reviews, lambda review: asked.answers.review(review, found))


@route("GET", _R + "/issues/{issue_number}", "issues")
def issue(asked: Asked) -> Reply:
    return Reply(200, asked.answers.issue(asked.pull))


@route("GET", _R + "/issues/{issue_number}/events", "issues")
def events(asked: Asked) -> Reply:
    found = asked.pull
    return asked.page(found.events, lambda event: asked.answers.event(event, found.repo))


@route("GET", _R + "/issues/{issue_number}/comments", "issues")
def comments(asked: Asked) -> Reply:
    return asked.page(asked.pull.comments, asked.answers.comment)


@route("GET", _R + "/issues/{issue_number}/labels", "issues")
def labels(asked: Asked) -> Reply:
    found = asked.pull
    return asked.page(found.labelled, lambda label: asked.answers.label(label, found.repo))


@route("GET", _R + "/compare/{basehead}", "contents")
def compare(asked: Asked) -> Reply:
    repo = asked.repo
    base, dots, head = asked.names["basehead"].partition("...")
    one, other = (repo.bare.resolve(f"{end}^{{commit}}") or repo.head(end) for end in (base, head))
    if not dots or one is None or other is None or (ancestor := repo.bare.merge_base(one, other)) is None:
        raise Refusal(404, "Not Found")
    commits = repo.bare.log(f"{one}..{other}")
    behind = len(repo.bare.log(f"{other}..{one}"))
    page = asked.page(commits, lambda info: asked.answers.commit(info, repo))
    first = asked.query.get("page", "1") == "1"
    files = repo.bare.diff(ancestor, other)[:COMPARED_FILES] if first else []
    status = "diverged" if commits and behind else "ahead" if commits else "behind" if behind else "identical"
    at = f"{asked.answers.web}/{repo.name}/compare/x"
    body = {
        "url": asked.url,
        "html_url": at,
        "permalink_url": at,
        "diff_url": at + ".diff",
        "patch_url": at + ".patch",
        "base_commit": asked.answers.commit(repo.bare.log(one, most=1)[0], repo),
        "merge_base_commit": asked.answers.commit(repo.bare.log(ancestor, most=1)[0], repo),
        "status": status,
        "ahead_by": len(commits),
        "behind_by": behind,
        "total_commits": len(commits),
        "commits": page.body,
        "files": [asked.answers.file(difference, repo, other) for difference in files],
    }
    return Reply(200, body, page.headers)


@route("GET", _R + "/activity", "contents")
def activity(asked: Asked) -> Reply:
    wanted = asked.query.get("ref")
    found = [
        moved for moved in asked.repo.activity if wanted in (None, moved.ref, moved.ref.removeprefix("refs/heads/"))
    ]
    ordered = found if asked.query.get("direction") == "asc" else found[::-1]
    return asked.page(ordered, asked.answers.activity, cursor=True)


@route("GET", _R + "/collaborators/{username}/permission")
def permission(asked: Asked) -> Reply:
    user = asked.world.users.get(asked.names["username"])
    if user is None:
        raise Refusal(404, "Not Found")
    base, role = asked.repo.permission(user)
    person = asked.answers.user(user)
    return Reply(200, {"permission": base, "role_name": role, "user": {**(person or {}), "role_name": role}})


@route("GET", "/orgs/{org}/teams/{team_slug}/members", "members")
def members(asked: Asked) -> Reply:
    found = asked.world.teams.get(f"{asked.names['org']}/{asked.names['team_slug']}")
    if found is None:
        raise Refusal(404, "Not Found")
    return asked.page(found, asked.answers.user)


@route("GET", _R + "/contents/{path}", "contents")
def contents(asked: Asked) -> Reply:
    repo, path = asked.repo, asked.names["path"]
    at = asked.query.get("ref")
    # As git does: a tag, or a commit, before a branch.
    commit = repo.bare.resolve(f"{at}^{{commit}}") if at else repo.head(repo.default)
    if commit is None:
        raise Refusal(404, f"No commit found for the ref {at}")
    entries = {entry.path: entry for entry in repo.bare.entries(commit, recursive=True)}
    entry = entries.get(path)
    if entry is None:
        raise Refusal(404, "Not Found")
    found = asked.answers.content(repo, path, entry, repo.bare.blob(entry.sha) if entry.type == "blob" else None)
    if entry.type == "tree":
        inside = [e for e in entries.values() if e.path.rpartition("/")[0] == path]
        found["entries"] = [asked.answers.content(repo, e.path, e, None) for e in inside]
    return Reply(200, found, kind="application/vnd.github.object")


@route("GET", _R + "/git/ref/{ref}", "contents")
def ref(asked: Asked) -> Reply:
    branch = asked.names["ref"].removeprefix("heads/")
    sha = asked.repo.head(branch)
    if sha is None:
        raise Refusal(404, "Not Found")
    return Reply(200, asked.answers.ref(asked.repo, branch, sha))


@route("GET", _R + "/git/matching-refs/{ref}", "contents")
def matching(asked: Asked) -> Reply:
    start = asked.names["ref"].removeprefix("heads/")
    found = sorted((branch, sha) for branch, sha in asked.repo.branches().items() if branch.startswith(start))
    return Reply(200, [asked.answers.ref(asked.repo, branch, sha) for branch, sha in found])


@route("GET", _R + "/git/trees/{tree_sha}", "contents")
def tree(asked: Asked) -> Reply:
    repo, sha = asked.repo, asked.names["tree_sha"]
    found = repo.bare.resolve(f"{sha}^{{tree}}")
    if found is None:
        raise Refusal(404, "Not Found")
    entries: list[Entry] = repo.bare.entries(found, recursive=bool(asked.query.get("recursive")))
    return Reply(200, asked.answers.tree(repo, found, entries[:WHOLE_TREE], truncated=len(entries) > WHOLE_TREE))


@route("GET", _R + "/git/blobs/{file_sha}", "contents")
def blob(asked: Asked) -> Reply:
    repo, sha = asked.repo, asked.names["file_sha"]
    data = repo.bare.blob(sha)
    if data is None:
        raise Refusal(404, "Not Found")
    content = base64.encodebytes(data).decode()
    found = {"sha": sha, "node_id": f"B_{sha}", "size": len(data), "url": asked.url, "content": content}
    return Reply(200, {**found, "encoding": "base64"})


@route("POST", "/graphql", described=False)
def graphql(asked: Asked) -> Reply:
    """Only what is in a merge queue, and who changed a comment; the query itself is not read."""
    if "pull_requests" in asked.token.deny:
        return Reply(200, {"data": None, "errors": [{"type": "FORBIDDEN", "message": "no"}]})
    given = asked.body["variables"]
    return _text(asked, given["id"]) if "id" in given else _queue(asked, given)


def _text(asked: Asked, node: str) -> Reply:
    pulls = [pull for repo in asked.world.repos.values() for pull in repo.pulls.values()]
    comment = next((one for pull in pulls for one in pull.comments if f"IC_{one.id}" == node), None)
    if comment is None:
        return Reply(200, {"data": {"node": None}, "errors": [{"type": "NOT_FOUND", "message": "no"}]})
    who = comment.editor
    named = who and {"kind": who.type, "login": who.login.removesuffix("[bot]"), "databaseId": who.id}
    found = {
        "body": comment.body,
        "lastEditedAt": stamp(comment.updated) if who else None,
        "editor": named if who and not who.gone else None,
    }
    return Reply(200, {"data": {"node": found}})


def _queue(asked: Asked, given: Mapping[str, str]) -> Reply:
    repo = asked.world.repos.get(f"{given['owner']}/{given['name']}".lower())
    if repo is None:
        return Reply(200, {"data": {"repository": None}, "errors": [{"type": "NOT_FOUND", "message": "no"}]})
    nodes = [
        {"position": place, "pullRequest": {"number": pull.number}} for place, pull in enumerate(repo.merge_queue, 1)
    ]
    entries = {"pageInfo": {"hasNextPage": False}, "nodes": nodes}
    found = {"entries": entries} if given["branch"] == repo.default and nodes else None
    return Reply(200, {"data": {"repository": {"mergeQueue": found}}})
