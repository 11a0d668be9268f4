"""The reference of S13: python-hcl2 reads files one by one. `reference_hcl2.py DIR EACH` reads every EACH-th file."""

from __future__ import annotations

import sys
from pathlib import Path

import hcl2

for path in sorted(Path(sys.argv[1]).rglob("*.tf"))[:: int(sys.argv[2])]:
    hcl2.loads(path.read_text("utf-8"))
