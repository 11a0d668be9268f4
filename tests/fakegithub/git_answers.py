"""People and git's objects as GitHub's JSON."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from fakegithub.git import Difference, Entry, Info
from fakegithub.repos import Repo
from fakegithub.state import User, World

Json = dict[str, Any]
_USER_URLS = [
    "followers",
    "following",
    "gists",
    "starred",
    "subscriptions",
    "organizations",
    "repos",
    "events",
    "received_events",
]


class GitAnswers:
    """How people, commits and files look from outside."""

    def __init__(self, world: World, api: str, web: str) -> None:
        self.world, self.api, self.web = world, api, web

    def user(self, user: User | None) -> Json | None:
        if user is None or user.gone:
            return None
        at = f"{self.api}/users/{user.login}"
        return {
            "login": user.login,
            "id": user.id,
            "node_id": f"U_{user.id}",
            "avatar_url": f"{self.web}/avatars/{user.id}",
            "gravatar_id": "",
            "url": at,
            "html_url": f"{self.web}/{user.login}",
            **{f"{name}_url": f"{at}/{name}" for name in _USER_URLS},
            "type": user.type,
            "user_view_type": "public",
            "site_admin": False,
        }

    def commit(self, info: Info, repo: Repo) -> Json:
        at = f"{self.api}/repos/{repo.name}"

        def known(email: str) -> Json | None:
            return next((self.user(user) for user in self.world.users.values() if user.email == email), None)

        return {
            "sha": info.sha,
            "node_id": f"C_{info.sha}",
            "url": f"{at}/commits/{info.sha}",
            "html_url": f"{self.web}/{repo.name}/commit/{info.sha}",
            "comments_url": f"{at}/commits/{info.sha}/comments",
            "commit": {
                "url": f"{at}/git/commits/{info.sha}",
                "author": {"name": info.author[0], "email": info.author[1], "date": info.when},
                "committer": {"name": info.committer[0], "email": info.committer[1], "date": info.when},
                "message": info.message,
                "comment_count": 0,
                "tree": {"sha": info.tree, "url": f"{at}/git/trees/{info.tree}"},
            },
            "author": known(info.author[1]),
            "committer": known(info.committer[1]),
            "parents": [{"sha": sha, "url": f"{at}/commits/{sha}"} for sha in info.parents],
        }

    def file(self, difference: Difference, repo: Repo, head: str) -> Json:
        found: Json = {
            "sha": difference.sha,
            "filename": difference.path,
            "status": difference.status,
            "additions": 1,
            "deletions": 0,
            "changes": 1,
            "blob_url": f"{self.web}/{repo.name}/blob/{head}/x",
            "raw_url": f"{self.web}/{repo.name}/raw/{head}/x",
            "contents_url": f"{self.api}/repos/{repo.name}/contents/x?ref={head}",
        }
        if difference.previous:
            found["previous_filename"] = difference.previous
        return found

    def content(self, repo: Repo, path: str, entry: Entry, data: bytes | None) -> Json:
        """A file; without its bytes where it is large."""
        at = f"{self.api}/repos/{repo.name}"
        kinds = {"tree": "dir", "commit": "submodule"}
        kind = "symlink" if entry.mode == "120000" else kinds.get(entry.type, "file")
        found: Json = {
            "type": kind,
            "size": entry.size,
            "name": path.rpartition("/")[2],
            "path": path,
            "sha": entry.sha,
            "url": f"{at}/contents/x",
            "git_url": f"{at}/git/blobs/{entry.sha}",
            "html_url": f"{self.web}/{repo.name}/blob/x",
            "download_url": f"{self.web}/{repo.name}/raw/x" if kind == "file" else None,
            "_links": {"self": f"{at}/contents/x", "git": f"{at}/git/blobs/{entry.sha}", "html": f"{self.web}/x"},
        }
        if data is not None and kind == "file":
            small = len(data) <= 1024 * 1024
            found["encoding"] = "base64" if small else "none"
            found["content"] = base64.encodebytes(data).decode() if small else ""
        return found

    def ref(self, repo: Repo, branch: str, sha: str) -> Json:
        at = f"{self.api}/repos/{repo.name}/git"
        name = f"refs/heads/{branch}"
        return {
            "ref": name,
            "node_id": f"REF_{branch}",
            "url": f"{at}/{name}",
            "object": {"type": "commit", "sha": sha, "url": f"{at}/commits/{sha}"},
        }

    def tree(self, repo: Repo, sha: str, entries: list[Entry], *, truncated: bool) -> Json:
        at = f"{self.api}/repos/{repo.name}/git"
        listed: list[Mapping[str, object]] = [
            {"path": e.path, "mode": e.mode, "type": e.type, "sha": e.sha, "url": f"{at}/{e.type}s/{e.sha}"}
            | ({"size": e.size} if e.type == "blob" else {})
            for e in entries
        ]
        return {"sha": sha, "url": f"{at}/trees/{sha}", "tree": listed, "truncated": truncated}

    def git_commit(self, repo: Repo, info: Info) -> Json:
        at = f"{self.api}/repos/{repo.name}/git"
        people = zip(("author", "committer"), (info.author, info.committer), strict=True)
        return {
            "sha": info.sha,
            "node_id": f"C_{info.sha}",
            "url": f"{at}/commits/{info.sha}",
            "html_url": f"{self.web}/{repo.name}/commit/{info.sha}",
            **{what: {"name": name, "email": email, "date": info.when} for what, (name, email) in people},
            "message": info.message,
            "tree": {"sha": info.tree, "url": f"{at}/trees/{info.tree}"},
            "parents": [
                {"sha": sha, "url": f"{at}/commits/{sha}", "html_url": f"{self.web}/{repo.name}/commit/{sha}"}
                for sha in info.parents
            ],
            "verification": {
                "verified": False,
                "reason": "unsigned",
                "signature": None,
                "payload": None,
                "verified_at": None,
            },
        }
