"""The reference of S11: cfn-lint's own decoder and graph. `reference_cfnlint.py TEMPLATE…`"""

from __future__ import annotations

import sys

from cfnlint.decode import decode
from cfnlint.template import Template

for path in sys.argv[1:]:
    body, complaints = decode(path)
    assert not complaints, complaints
    assert Template(path, body, ["us-east-1"]).graph is not None
