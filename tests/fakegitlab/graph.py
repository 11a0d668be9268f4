"""The GraphQL API: reads a query, and answers what it selects. Of GitLab's schema, what planguard asks."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from fakegitlab.state import Merge, Project, Token, User, World, stamp

_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|[A-Za-z_]\w*|-?\d+|[{}()\[\]:]')


class Wrong(Exception):
    """A query that GitLab would refuse."""


class Field(NamedTuple):
    name: str
    args: Mapping[str, Any]
    selection: tuple[Field, ...] | None


def answer(world: World, token: Token, query: str) -> dict[str, Any]:
    """The body of the answer, which is 200 even where it is a refusal."""
    try:
        fields = _parse(query)
        data = _object(_root(world, token), fields)
    except Wrong as wrong:
        return {"errors": [{"message": str(wrong)}]}
    return {"data": data}


# --- reading a query -------------------------------------------------------------------------------------------------


def _parse(query: str) -> tuple[Field, ...]:
    words = _TOKENS.findall(query)
    if words[:1] != ["query"]:
        raise Wrong("only queries")
    fields, rest = _selection(words[1:])
    if rest:
        raise Wrong("there is more behind the query")
    return fields


def _selection(words: list[str]) -> tuple[tuple[Field, ...], list[str]]:
    if words[:1] != ["{"]:
        raise Wrong("a selection is missing")
    words, fields = words[1:], []
    while words and words[0] != "}":
        name, words = words[0], words[1:]
        args: dict[str, Any] = {}
        if words[:1] == ["("]:
            words = words[1:]
            while words[0] != ")":
                key = words[0]
                args[key], words = _value(words[2:])
            words = words[1:]
        inner = None
        if words[:1] == ["{"]:
            inner, words = _selection(words)
        fields.append(Field(name, args, inner))
    if not words:
        raise Wrong("a brace is missing")
    return tuple(fields), words[1:]


def _value(words: list[str]) -> tuple[Any, list[str]]:
    if words[0] == "[":
        found, words = [], words[1:]
        while words[0] != "]":
            one, words = _value(words)
            found.append(one)
        return found, words[1:]
    return json.loads(words[0]), words[1:]


# --- answering it ----------------------------------------------------------------------------------------------------

Resolver = Callable[[Mapping[str, Any]], Any]


def _object(known: Mapping[str, Resolver], fields: tuple[Field, ...] | None) -> dict[str, Any]:
    if not fields:
        raise Wrong("fields of an object are missing")
    found = {}
    for field in fields:
        if field.name not in known:
            raise Wrong(f"Field '{field.name}' doesn't exist")
        found[field.name] = _shown(known[field.name](field.args), field)
    return found


def _shown(value: Any, field: Field) -> Any:
    if value is None or isinstance(value, str | int | bool):
        if field.selection and value is not None:
            raise Wrong(f"Field '{field.name}' has no fields")
        return value
    if isinstance(value, list):
        return _connection(value, field)
    return _object(value, field.selection)


def _connection(items: list[Mapping[str, Resolver]], field: Field) -> dict[str, Any]:
    size = min(field.args.get("first", 100), 100)
    start = int(field.args.get("after") or 0)
    page, more = items[start : start + size], start + size < len(items)
    found: dict[str, Any] = {}
    for part in field.selection or ():
        if part.name == "pageInfo":
            found["pageInfo"] = {"hasNextPage": more, "endCursor": str(start + len(page)) if page else None}
        elif part.name == "nodes":
            found["nodes"] = [_object(item, part.selection) for item in page]
        else:
            raise Wrong(f"Field '{part.name}' doesn't exist")
    return found


def _root(world: World, token: Token) -> Mapping[str, Resolver]:
    return {
        "currentUser": lambda args: _user(token.user),
        "project": lambda args: _project(world, token, args["fullPath"]),
        "note": lambda args: _note(world, args["id"]),
        "users": lambda args: [
            _user(user)
            for user in sorted(world.users.values(), key=lambda user: -user.id)
            if f"gid://gitlab/User/{user.id}" in args["ids"] and user.state == "active"
        ],
    }


def _user(user: User | None) -> Mapping[str, Resolver] | None:
    if user is None:
        return None
    return {
        "id": lambda args: f"gid://gitlab/User/{user.id}",
        "username": lambda args: user.username,
        "bot": lambda args: user.bot,
        "name": lambda args: user.username.capitalize(),
    }


def _note(world: World, identity: str) -> Mapping[str, Resolver] | None:
    notes = [
        note
        for project in world.projects.values()
        for merge in project.merges.values()
        for note in merge.notes
        if f"gid://gitlab/Note/{note.id}" == identity
    ]
    if not notes:
        return None
    found = notes[0]
    return {
        "body": lambda args: found.body,
        "author": lambda args: _user(found.author),
        "lastEditedAt": lambda args: stamp(found.updated) if found.editor else None,
        "lastEditedBy": lambda args: _user(found.editor),
    }


def _project(world: World, token: Token, path: str) -> Mapping[str, Resolver] | None:
    found = world.projects.get(path.lower())
    if found is None or token.blind:
        return None
    return {
        "id": lambda args: f"gid://gitlab/Project/{found.id}",
        "fullPath": lambda args: found.path,
        "mergeRequest": lambda args: _merge(found, args["iid"]),
    }


def _merge(project: Project, iid: str) -> Mapping[str, Resolver] | None:
    merge = project.merges.get(int(iid))
    if merge is None:
        return None
    version = merge.versions[-1]
    commits = project.bare.log(version.head, f"^{version.base}")[::-1]
    people = {user.id: user for one in commits if (user := merge.world.by_email(one.committer[1]))}
    files = project.bare.diff(version.base, version.head)
    return {
        "iid": lambda args: str(merge.iid),
        "webUrl": lambda args: web_url(merge),
        "title": lambda args: merge.title,
        "state": lambda args: merge.state,
        "draft": lambda args: merge.draft,
        "targetBranch": lambda args: merge.base,
        "sourceBranch": lambda args: merge.branch,
        "sourceProject": lambda args: (
            None if merge.gone else {"fullPath": lambda args: merge.source.path, "id": lambda args: ""}
        ),
        "diffHeadSha": lambda args: version.head,
        "diffRefs": lambda args: {
            "baseSha": lambda args: version.base,
            "headSha": lambda args: version.head,
            "startSha": lambda args: version.base,
        },
        "commitCount": lambda args: len(commits),
        "diffStatsSummary": lambda args: {"fileCount": lambda args: len(files)},
        "author": lambda args: _user(merge.author),
        "assignees": lambda args: [_user(user) for user in merge.assignees],
        "committers": lambda args: [_user(people[id]) for id in sorted(people)],
        "commits": lambda args: [
            {
                "sha": lambda args, one=one: one.sha,
                "message": lambda args, one=one: one.message,
                "authorEmail": lambda args, one=one: one.author[1],
                "committerEmail": lambda args, one=one: one.committer[1],
                "author": lambda args, one=one: _user(merge.world.by_email(one.author[1])),
            }
            for one in commits
        ],
        "labels": lambda args: [
            {
                "id": lambda args, label=label: f"gid://gitlab/ProjectLabel/{label.id}",
                "title": lambda args, label=label: label.name,
                "updatedAt": lambda args, label=label: stamp(label.updated),
            }
            for label in merge.labelled
        ],
    }


def web_url(merge: Merge) -> str:
    return f"{merge.world.web}/{merge.project.path}/-/merge_requests/{merge.iid}"  # type: ignore[attr-defined]  # the server has it
