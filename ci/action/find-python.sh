#!/usr/bin/env bash
# Looks for a Python that the lock is for. Output `path`: where it is; empty where another one has to be set up.
set -euo pipefail

path=
if [[ -z ${WANTED:-} ]]; then
  for name in python3 python; do
    if ! found=$(command -v "$name"); then continue; fi
    if "$found" -I -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null; then
      path=$found
      break
    fi
  done
fi
printf 'path=%s\n' "$path" >>"$GITHUB_OUTPUT"
