"""State as GitHub's JSON. Whatever the description requires is there, also where planguard does not look."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from fakegithub.git import Difference, Entry, Info
from fakegithub.state import Activity, App, Comment, Event, Label, Pull, Repo, Review, User, World, stamp

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
_REPO_URLS = [
    "archive",
    "assignees",
    "blobs",
    "branches",
    "collaborators",
    "comments",
    "commits",
    "compare",
    "contents",
    "contributors",
    "deployments",
    "downloads",
    "events",
    "forks",
    "git_commits",
    "git_refs",
    "git_tags",
    "hooks",
    "issue_comment",
    "issue_events",
    "issues",
    "keys",
    "labels",
    "languages",
    "merges",
    "milestones",
    "notifications",
    "pulls",
    "releases",
    "stargazers",
    "statuses",
    "subscribers",
    "subscription",
    "tags",
    "teams",
    "trees",
]
_BEGAN = "2024-01-02T03:04:05Z"


class Answers:
    """How things look from outside: `api` and `web` are the addresses that stand in them."""

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

    def app(self, app: App | None) -> Json | None:
        if app is None:
            return None
        return {
            "id": app.id,
            "slug": app.slug,
            "node_id": f"A_{app.id}",
            "owner": self.user(app.owner),
            "name": app.slug.title(),
            "description": "",
            "external_url": "https://example.com",
            "html_url": f"{self.web}/apps/{app.slug}",
            "created_at": _BEGAN,
            "updated_at": _BEGAN,
            "permissions": {"issues": "write", "metadata": "read"},
            "events": ["issues"],
        }

    def label(self, label: Label, repo: Repo) -> Json:
        return {
            "id": label.id,
            "node_id": f"L_{label.id}",
            "url": f"{self.api}/repos/{repo.name}/labels/x",
            "name": label.name,
            "description": None,
            "color": "ededed",
            "default": False,
        }

    def repo(self, repo: Repo) -> Json:
        at = f"{self.api}/repos/{repo.name}"
        return {
            "id": repo.id,
            "node_id": f"R_{repo.id}",
            "name": repo.name.split("/")[1],
            "full_name": repo.name,
            "private": repo.private,
            "owner": self.user(repo.owner),
            "html_url": f"{self.web}/{repo.name}",
            "description": None,
            "fork": repo.parent is not None,
            "url": at,
            **{f"{name}_url": f"{at}/{name}" for name in _REPO_URLS},
            "clone_url": f"{self.web}/{repo.name}.git",
            "git_url": f"git://example.com/{repo.name}.git",
            "ssh_url": f"git@example.com:{repo.name}.git",
            "svn_url": f"{self.web}/{repo.name}",
            "mirror_url": None,
            "homepage": None,
            "language": None,
            "license": None,
            "default_branch": repo.default,
            **dict.fromkeys(
                [
                    "forks",
                    "forks_count",
                    "open_issues",
                    "open_issues_count",
                    "size",
                    "stargazers_count",
                    "watchers",
                    "watchers_count",
                    "network_count",
                    "subscribers_count",
                ],
                0,
            ),
            "has_issues": True,
            **dict.fromkeys(["has_projects", "has_wiki", "has_pages", "has_discussions", "has_downloads"], False),
            "archived": False,
            "disabled": False,
            "pushed_at": stamp(self.world.now),
            "created_at": _BEGAN,
            "updated_at": _BEGAN,
        }

    def pull(self, pull: Pull) -> Json:
        at = f"{self.api}/repos/{pull.repo.name}/pulls/{pull.number}"
        issue = f"{self.api}/repos/{pull.repo.name}/issues/{pull.number}"
        there = pull.source.name.lower() in self.world.repos
        commits = pull.repo.bare.log(f"{pull.base_sha}..{pull.head}")
        links = {
            "self": at,
            "html": f"{self.web}/{pull.repo.name}/pull/{pull.number}",
            "issue": issue,
            "comments": f"{issue}/comments",
            "commits": f"{at}/commits",
            "statuses": f"{self.api}/repos/{pull.repo.name}/statuses/{pull.head}",
            "review_comments": f"{at}/comments",
            "review_comment": f"{self.api}/repos/{pull.repo.name}/pulls/comments{{/number}}",
        }
        return {
            "id": pull.number * 7,
            "node_id": f"PR_{pull.number}",
            "number": pull.number,
            "url": at,
            "html_url": links["html"],
            "diff_url": links["html"] + ".diff",
            "patch_url": links["html"] + ".patch",
            "issue_url": issue,
            "commits_url": links["commits"],
            "comments_url": links["comments"],
            "statuses_url": links["statuses"],
            "review_comments_url": links["review_comments"],
            "review_comment_url": links["review_comment"],
            "_links": {name: {"href": url} for name, url in links.items()},
            "state": pull.state,
            "locked": False,
            "title": pull.title,
            "body": None,
            "user": self.user(pull.author),
            "labels": [self.label(label, pull.repo) for label in pull.labelled],
            "milestone": None,
            "assignee": self.user(pull.assignees[0]) if pull.assignees else None,
            "assignees": [self.user(user) for user in pull.assignees],
            "requested_reviewers": [],
            "requested_teams": [],
            "draft": pull.draft,
            "created_at": stamp(pull.opened),
            "updated_at": stamp(self.world.now),
            "closed_at": None if pull.state == "open" else stamp(self.world.now),
            "merged_at": None,
            "merge_commit_sha": None,
            "head": {
                "label": f"{pull.source.owner.login}:{pull.branch}",
                "ref": pull.branch,
                "sha": pull.head,
                "user": self.user(pull.source.owner),
                "repo": self.repo(pull.source) if there else None,
            },
            "base": {
                "label": f"{pull.repo.owner.login}:{pull.base}",
                "ref": pull.base,
                "sha": pull.base_sha,
                "user": self.user(pull.repo.owner),
                "repo": self.repo(pull.repo),
            },
            "author_association": "CONTRIBUTOR",
            "auto_merge": None,
            "merged": False,
            "mergeable": True,
            "mergeable_state": "clean",
            "merged_by": None,
            "maintainer_can_modify": False,
            "comments": len(pull.comments),
            "review_comments": 0,
            "commits": len(commits),
            "additions": 1,
            "deletions": 0,
            "changed_files": 1,
        }

    def issue(self, pull: Pull) -> Json:
        at = f"{self.api}/repos/{pull.repo.name}/issues/{pull.number}"
        web = f"{self.web}/{pull.repo.name}/pull/{pull.number}"
        return {
            "id": pull.number * 11,
            "node_id": f"I_{pull.number}",
            "number": pull.number,
            "url": at,
            "repository_url": f"{self.api}/repos/{pull.repo.name}",
            "labels_url": f"{at}/labels",
            "comments_url": f"{at}/comments",
            "events_url": f"{at}/events",
            "html_url": web,
            "state": pull.state,
            "locked": False,
            "title": pull.title,
            "body": None,
            "user": self.user(pull.author),
            "labels": [self.label(label, pull.repo) for label in pull.labelled],
            "assignee": self.user(pull.assignees[0]) if pull.assignees else None,
            "assignees": [self.user(user) for user in pull.assignees],
            "milestone": None,
            "comments": len(pull.comments),
            "pull_request": {"url": at, "html_url": web, "diff_url": web + ".diff", "patch_url": web + ".patch"},
            "draft": pull.draft,
            "closed_at": None,
            "created_at": stamp(pull.opened),
            "updated_at": stamp(self.world.now),
            "author_association": "CONTRIBUTOR",
            "performed_via_github_app": self.app(pull.app),
        }

    def event(self, event: Event, repo: Repo) -> Json:
        found: Json = {
            "id": event.id,
            "node_id": f"E_{event.id}",
            "url": f"{self.api}/repos/{repo.name}/issues/events/{event.id}",
            "actor": self.user(event.actor),
            "event": event.kind,
            "commit_id": None,
            "commit_url": None,
            "created_at": stamp(event.at),
            "performed_via_github_app": self.app(event.app),
        }
        if event.kind in ("labeled", "unlabeled"):
            found["label"] = {"name": event.label, "color": "ededed"}
            found["intent"] = event.intent
        return found

    def comment(self, comment: Comment) -> Json:
        pull = comment.pull
        return {
            "id": comment.id,
            "node_id": f"IC_{comment.id}",
            "url": f"{self.api}/repos/{pull.repo.name}/issues/comments/{comment.id}",
            "html_url": f"{self.web}/{pull.repo.name}/pull/{pull.number}#issuecomment-{comment.id}",
            "issue_url": f"{self.api}/repos/{pull.repo.name}/issues/{pull.number}",
            "body": comment.body,
            "user": self.user(comment.author),
            "created_at": stamp(comment.created),
            "updated_at": stamp(comment.updated),
            "author_association": "MEMBER",
            "performed_via_github_app": self.app(comment.app),
        }

    def review(self, review: Review, pull: Pull) -> Json:
        web = f"{self.web}/{pull.repo.name}/pull/{pull.number}"
        at = f"{self.api}/repos/{pull.repo.name}/pulls/{pull.number}"
        return {
            "id": review.id,
            "node_id": f"PRR_{review.id}",
            "user": self.user(review.user),
            "body": "",
            "state": review.state,
            "html_url": web,
            "pull_request_url": at,
            "_links": {"html": {"href": web}, "pull_request": {"href": at}},
            "submitted_at": stamp(review.at),
            "commit_id": review.commit,
            "author_association": "MEMBER",
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

    def activity(self, activity: Activity) -> Json:
        return {
            "id": activity.id,
            "node_id": f"PSH_{activity.id}",
            "before": activity.before,
            "after": activity.after,
            "ref": activity.ref,
            "timestamp": stamp(activity.at),
            "activity_type": activity.kind,
            "actor": self.user(activity.actor),
        }

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
