"""A saved plan (the file of `terraform plan -out`) → its JSON, by asking the tool that made it.

Owns the recognition of the file and the choice of the tool. The tool itself is run by `external.terraform`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from planguard.inputs import refusals
from planguard.inputs.sources import Source

if TYPE_CHECKING:
    from pathlib import Path

_LOCK = ".terraform.lock.hcl"
_BOOKMARK = b'"remote_plan_format"'


def sniff(lead: bytes) -> bool:
    """Whether it may be a saved plan: a zip archive, or HCP Terraform's bookmark (a small JSON object)."""
    return lead.startswith(b"PK\x03\x04") or is_bookmark(lead)


def is_bookmark(lead: bytes) -> bool:
    """With HCP Terraform, `-out` saves only where the plan is to be found; `show` fetches it."""
    return lead.startswith(b"{") and len(lead) < 4096 and _BOOKMARK in lead


@contextmanager
def as_json(source: Source, data: bytes, binary: str | None, home: str | None = None) -> Iterator[Path]:
    """The plan's JSON in a temporary file, readable by its owner alone and gone afterwards.

    The tool runs in `home`, where the providers are, or where the plan lies.
    """
    import tempfile
    from pathlib import Path

    from planguard.external import terraform

    prefer = maker(data, source.name)
    with tempfile.TemporaryDirectory(prefix="planguard-") as directory:
        plan = Path(source.path) if source.path is not None else None
        if plan is None or not plan.is_file():
            # From a pipe: the tool wants a file. The providers are those of the current directory.
            plan = Path(directory) / "tfplan"
            plan.write_bytes(data)
            place = Path.cwd()
        else:
            place = plan.absolute().parent
        out = Path(directory) / "plan.json"
        cwd = place if home is None else Path(home)
        terraform.show_json(plan.absolute(), out, cwd=cwd, binary=binary, prefer=prefer)
        yield out


def maker(data: bytes, name: str) -> str | None:
    """`tofu` if the providers locked inside of the archive come from OpenTofu's registry, else `terraform`.

    None for a bookmark, which does not tell. Raises InputError for another archive, and for a damaged one.
    """
    if is_bookmark(data):
        return None
    import io
    import zipfile

    from planguard.inputs.archives import DAMAGED

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            if "tfplan" not in names:
                refusals.ZIP.refuse(name)
            if _LOCK not in names or archive.getinfo(_LOCK).file_size > 1_000_000:
                return "terraform"
            return "tofu" if b"registry.opentofu.org/" in archive.read(_LOCK) else "terraform"
    except DAMAGED:
        refusals.Refusal("This saved plan is damaged or cut off.", "Make it again.").refuse(name)
