"""GitHub's published description of its REST API, from npm, and what it says about an answer.

Only the paths that the fake serves are kept, which takes the description from 13 MB to some hundred kilobytes.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from fakegithub import routing

PACKAGE, VERSION = "@octokit/openapi", "23.0.2"
EXAMPLES, EXAMPLES_VERSION = "@octokit/webhooks-examples", "7.6.1"
CACHE = Path(__file__).parents[2] / ".cache"
Json = dict[str, Any]

NULLABLE = (
    # What GitHub answers and does not describe: accounts and forks that are gone.
    ("pull-request", "user"),
    ("pull-request/head", "repo"),
    ("pull-request/head", "user"),
    ("labeled-issue-event", "actor"),
    ("unlabeled-issue-event", "actor"),
)


class Description:
    """What requests and answers look like."""

    def __init__(self, subset: Json) -> None:
        self._operations: Json = subset["operations"]
        self._schemas: Json = subset["schemas"]
        self._good: set[tuple[str, str, int, str]] = set()

    def unknown(self, method: str, template: str, query: Iterable[str]) -> list[str]:
        """Parameters that the operation does not have."""
        known = self._operations.get(f"{method} {template}", {}).get("query", [])
        return [f"there is no parameter {name!r}" for name in query if name not in known]

    def problems(self, method: str, template: str, status: int, kind: str, body: Any) -> list[str]:
        """What is wrong with an answer, or (status 0) with the body of a request."""
        operation = self._operations.get(f"{method} {template}")
        if operation is None:
            return ["the description has no such operation"]
        schema = operation.get(str(status) if status else "request")
        if schema is None:
            return [] if not status and body is None else ["the description has no such answer"]
        schema = schema.get(kind) or schema.get("application/json")
        text = json.dumps(body, sort_keys=True)
        key = (method, template, status, text)
        if schema is None or key in self._good:
            return []
        validator = self._validator(method, template, status, kind)
        found = [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(body)]
        found += list(_labels_without_name(body, template))
        if not found:
            self._good.add(key)
        return found

    @functools.cache  # noqa: B019  # there is one description
    def _validator(self, method: str, template: str, status: int, kind: str) -> Any:
        from jsonschema import Draft202012Validator

        found = self._operations[f"{method} {template}"][str(status) if status else "request"]
        schema = found.get(kind) or found["application/json"]
        return Draft202012Validator({**schema, "$defs": self._schemas})


def _served() -> str:
    """Another subset, another name."""
    text = Path(__file__).read_text("utf-8") + "".join(f"{route.method}{route.template}" for route in routing.ROUTES)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _labels_without_name(body: Any, template: str) -> Iterator[str]:
    # The description's `anyOf` lets a label event pass as one of another kind.
    if template.endswith("/events") and isinstance(body, list):
        for event in body:
            if event["event"] in ("labeled", "unlabeled") and not event.get("label", {}).get("name"):
                yield "a label event without its label"


@functools.cache
def description() -> tuple[Description | None, str]:
    """The description, or why there is none."""
    kept = CACHE / f"github-openapi-{VERSION}-{_served()}.json"
    if not kept.exists():
        whole = package_file(PACKAGE, VERSION, "package/generated/api.github.com.json")
        if whole is None:
            return None, f"npm package {PACKAGE} could not be had; answers are not checked against it"
        text = json.dumps(_subset(json.loads(whole.read_bytes())))
        _write(kept, text.encode())
    return Description(json.loads(kept.read_bytes())), ""


def webhook_examples() -> list[Json] | None:
    """GitHub's published examples of webhooks: `name` and `examples`."""
    found = package_file(EXAMPLES, EXAMPLES_VERSION, "package/api.github.com/index.json")
    return json.loads(found.read_bytes()) if found else None


def package_file(package: str, version: str, member: str) -> Path | None:
    """A file of an npm package, fetched once."""
    kept = CACHE / f"{package.strip('@').replace('/', '-')}-{version}" / Path(member).name
    npm = shutil.which("npm")
    if kept.exists() or npm is None:
        return kept if kept.exists() else None
    with tempfile.TemporaryDirectory() as directory:
        command = [
            npm,
            "pack",
            f"{package}@{version}",
            "--silent",
            "--fetch-retries=0",
            "--pack-destination",
            directory,
        ]
        try:
            subprocess.run(command, cwd=directory, capture_output=True, check=True, timeout=180)
            with tarfile.open(next(Path(directory).glob("*.tgz"))) as archive:
                data = archive.extractfile(member)
                assert data is not None
                _write(kept, data.read())
        except (subprocess.SubprocessError, StopIteration, KeyError, tarfile.TarError):
            return None
    return kept


def _write(path: Path, data: bytes) -> None:
    """All of it or nothing: another test run may write it at the same time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}")
    part.write_bytes(data)
    part.replace(path)


def _subset(whole: Json) -> Json:
    schemas, responses = whole["components"]["schemas"], whole["components"]["responses"]
    parameters = whole["components"]["parameters"]
    operations: Json = {}
    for route in routing.ROUTES:
        if not route.template:
            continue
        found = whole["paths"].get(route.template, {}).get(route.method.lower())
        if found is None:
            continue
        given = [parameters[p["$ref"].rpartition("/")[2]] if "$ref" in p else p for p in found.get("parameters", ())]
        kept: Json = {"query": [parameter["name"] for parameter in given if parameter["in"] == "query"]}
        if "requestBody" in found:
            kept["request"] = {kind: each["schema"] for kind, each in found["requestBody"]["content"].items()}
        for status, response in found["responses"].items():
            while "$ref" in response:
                response = responses[response["$ref"].rpartition("/")[2]]
            kept[status] = {
                kind: each["schema"] for kind, each in response.get("content", {}).items() if "schema" in each
            }
        operations[f"{route.method} {route.template}"] = kept
    needed: Json = {}
    waiting = [operations]
    while waiting:
        for name in _references(waiting.pop()):
            if name not in needed:
                needed[name] = schemas[name]
                waiting.append(schemas[name])
    made = {"operations": _json_schema(operations), "schemas": {name: _json_schema(needed[name]) for name in needed}}
    for where, key in NULLABLE:
        name, _, inner = where.partition("/")
        schema = made["schemas"].get(name)
        if schema is not None:
            holder = schema["properties"][inner] if inner else schema
            holder["properties"][key] = {"anyOf": [holder["properties"][key], {"type": "null"}]}
    return made


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"].rpartition("/")[2]
        for each in node.values():
            yield from _references(each)
    elif isinstance(node, list):
        for each in node:
            yield from _references(each)


def _json_schema(node: Any) -> Any:
    """OpenAPI 3.0's dialect as JSON Schema: `nullable`, and where things lie."""
    if isinstance(node, list):
        return [_json_schema(each) for each in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("$ref"), str):
        return {"$ref": "#/$defs/" + node["$ref"].rpartition("/")[2]}
    found = {
        key: _json_schema(value)
        for key, value in node.items()
        if key not in ("example", "examples", "description", "nullable")
    }
    if isinstance(node.get("properties"), dict):  # a property may be called like a keyword
        found["properties"] = {key: _json_schema(value) for key, value in node["properties"].items()}
    return {"anyOf": [found, {"type": "null"}]} if node.get("nullable") is True else found
