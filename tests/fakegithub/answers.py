"""State as GitHub's JSON. Whatever the description requires is there, also where planguard does not look."""

from __future__ import annotations

from fakegithub.git_answers import GitAnswers, Json
from fakegithub.pulls import Comment, Pull
from fakegithub.repos import Repo
from fakegithub.state import Activity, App, Event, Label, Review, stamp

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


class Answers(GitAnswers):
    """How things look from outside: `api` and `web` are the addresses that stand in them."""

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
            "merged_at": stamp(self.world.now) if pull.merged else None,
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
            "merged": pull.merged,
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
