"""What a follow-up round takes over: a rating carries only where what was judged is still the same."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from alignment.domain.catalogue import Catalogue, Criterion, Part
from alignment.domain.event import canonical


def content_hash(criterion: Criterion) -> str:
    """SHA-256 over all that an assessor judges by; its code and place in the catalogue are not part of it."""
    judged_by = {
        "title": criterion.title,
        "text": criterion.text,
        "look_in_text": criterion.look_in_text,
        "look_in_practice": criterion.look_in_practice,
        "fully_or_partially": criterion.fully_or_partially,
        "reference": criterion.reference,
        "position": criterion.position.value,
        "parts": [part.value for part in criterion.parts],
    }
    return hashlib.sha256(canonical(judged_by).encode()).hexdigest()


def carries(earlier: Catalogue, later: Catalogue, part: Part) -> Mapping[str, str]:
    """For each criterion of the later edition whose content is unchanged, its code in the earlier one.

    A criterion that only got another code carries; one whose words changed under the same code does not.
    """
    held: dict[str, str] = {}
    for criterion in earlier.in_part[part]:
        held.setdefault(content_hash(criterion), criterion.code)
    same_code = {criterion.code: content_hash(criterion) for criterion in earlier.in_part[part]}
    found = {}
    for criterion in later.in_part[part]:
        content = content_hash(criterion)
        if same_code.get(criterion.code) == content:
            found[criterion.code] = criterion.code
        elif content in held:
            found[criterion.code] = held[content]
    return found
