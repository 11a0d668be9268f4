"""A file of change sets → their plans. Owns the way from bytes to `change_set.build`, and the name of each plan."""

from __future__ import annotations

from planguard.inputs import cfn_forms, change_set
from planguard.inputs.json_plans import digest, without_collector
from planguard.inputs.sources import Source
from planguard.inputs.text import decode, documents
from planguard.model import Plan


def parse(given: Source, *, workspace: str | None = None, template: str | None = None) -> tuple[Plan, ...]:
    """Read every change set of a file; nested ones come back as plans of their own."""
    with without_collector():
        data = given.read()
        found = cfn_forms.read(documents(decode(data)))
        whole = digest(data)
        view = _view(template)
        return tuple(
            change_set.build(
                item,
                source=given.name if len(found) == 1 else f"{given.name}#{number}",
                digest=whole if len(found) == 1 else digest(f"{whole} {number}".encode()),
                workspace=workspace,
                # The template of the outermost stack says nothing of those inside.
                template=view if number == 1 else None,
            )
            for number, item in enumerate(found, start=1)
        )


def _view(template: str | None) -> change_set.TemplateView | None:
    if template is None:
        return None
    from planguard.inputs.template_view import view

    return view(template)
