"""Whether a change that people agreed to was tried out elsewhere first, where planguard.yml demands that of its makers.

Receipts are read from the base commit: those that a pull request brings along are its author's own word.
"""

from __future__ import annotations

from collections.abc import Sequence

from planguard.cli.base import Base, BaseUnreadable
from planguard.cli.gating import Answer, settings
from planguard.errors import InputError
from planguard.forge import Host, Pull
from planguard.gate import needs_consent
from planguard.model import Assessment
from planguard.review import State


def demanded(host: Host, pull: Pull, assessed: Sequence[Assessment], found: Answer, base: Base) -> Answer:
    """The same answer, or a refusal where a rehearsal is missing. Nothing is asked where nothing would pass anyway."""
    how = settings(base).rehearsal
    if how is None or found.facts is None or not found.review.state.passes:
        return found
    if found.review.state is State.BREAK_GLASS:
        return found
    from planguard.consent import receipts

    data = host.read(how.path, pull.base_sha) or b""
    try:
        kept = receipts.read(data, how.path)
    except InputError as error:
        raise BaseUnreadable(
            f"The receipts on `{pull.base_ref}` cannot be believed: {error.message}", where=how.path, hint=error.hint
        ) from None
    kinds = [kind.value for kind in found.facts.makers.kinds]
    for one in assessed:
        needed = {finding.address for finding in one.findings if needs_consent(finding, base.policy.config)}
        why = receipts.missing(how, kept, receipts.wanted(one.plan, needed), kinds, host.now())
        if why is not None:
            hint = f"Apply it elsewhere with `planguard rehearse`, and merge {how.path} into `{pull.base_ref}`."
            review = found.review._replace(state=State.REFUSED, code=receipts.CODE, message=why, hint=hint)
            return found._replace(review=review)
    return found
