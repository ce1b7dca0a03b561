"""Another authority's act on a programme: the European Commission, or a scheme's own recognition."""

from __future__ import annotations

from enum import StrEnum


class RecognitionAct(StrEnum):
    """Where a recognition stands with its authority."""

    AWAITED = "awaited"
    RECOGNISED = "recognised"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        return {"awaited": "Outcome awaited", "withdrawn": "Recognition withdrawn"}.get(
            self.value, self.value.capitalize()
        )


# Which act of an authority can follow which; None stands for no act held yet.
ALLOWED: dict[RecognitionAct | None, frozenset[RecognitionAct]] = {
    None: frozenset({RecognitionAct.AWAITED, RecognitionAct.RECOGNISED, RecognitionAct.REFUSED}),
    RecognitionAct.AWAITED: frozenset({RecognitionAct.RECOGNISED, RecognitionAct.REFUSED}),
    RecognitionAct.RECOGNISED: frozenset({RecognitionAct.WITHDRAWN}),
    RecognitionAct.REFUSED: frozenset({RecognitionAct.AWAITED, RecognitionAct.RECOGNISED}),
    RecognitionAct.WITHDRAWN: frozenset({RecognitionAct.AWAITED, RecognitionAct.RECOGNISED}),
}
