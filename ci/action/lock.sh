#!/usr/bin/env bash
# Writes requirements.lock again: every library that the Action installs, for Linux, macOS and Windows on x86-64 and ARM,
# Python 3.11 to 3.14, each with the hashes of all its wheels. Needs network and uv (`pip install uv`).
# `lock.sh --upgrade` takes newer releases; without it only what pyproject.toml asks for changes.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."

uv=.venv/bin/uv
[[ -x $uv ]] || uv=uv
"$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --only-binary :all: --no-annotate \
  --custom-compile-command ci/action/lock.sh --default-index https://pypi.org/simple \
  --output-file ci/action/requirements.lock "$@" pyproject.toml ci/action/lock.in
