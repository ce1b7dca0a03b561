"""Assessments: one programme judged against one edition in one round, part by part."""

from __future__ import annotations

from enum import StrEnum


class Progress(StrEnum):
    """How far a part of an assessment has come, as the market is told."""

    NOT_KNOWN = "not_known"
    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    COMPLETE = "complete"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()


# Which progress can follow which within one round; a new round begins again.
ALLOWED: dict[Progress, frozenset[Progress]] = {
    Progress.NOT_KNOWN: frozenset({Progress.NOT_STARTED, Progress.IN_PROGRESS, Progress.COMPLETE}),
    Progress.NOT_STARTED: frozenset({Progress.IN_PROGRESS}),
    Progress.IN_PROGRESS: frozenset({Progress.COMPLETE, Progress.NOT_STARTED}),
    Progress.COMPLETE: frozenset({Progress.IN_PROGRESS}),
}


class PartStage(StrEnum):
    """The stage of work on a part within the assessor's house; the market sees only its progress."""

    SCOPING = "scoping"
    RATING = "rating"
    REVIEW = "review"
    ACCURACY_CHECK = "accuracy_check"
    CLOSED = "closed"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()

    @property
    def progress(self) -> Progress:
        """What the market is told."""
        if self is PartStage.SCOPING:
            return Progress.NOT_STARTED
        return Progress.COMPLETE if self is PartStage.CLOSED else Progress.IN_PROGRESS


# A review can send a part back to rating; a factual point can too; a closed part stays closed, and what
# changes later is a new round.
STAGES: dict[PartStage, frozenset[PartStage]] = {
    PartStage.SCOPING: frozenset({PartStage.RATING}),
    PartStage.RATING: frozenset({PartStage.REVIEW}),
    PartStage.REVIEW: frozenset({PartStage.RATING, PartStage.ACCURACY_CHECK}),
    PartStage.ACCURACY_CHECK: frozenset({PartStage.RATING, PartStage.CLOSED}),
    PartStage.CLOSED: frozenset(),
}


class Scope(StrEnum):
    """What a result is about: one part, or the whole."""

    STANDARDS = "standards"
    IMPLEMENTATION = "implementation"
    GOVERNANCE = "governance"
    OVERALL = "overall"

    @property
    def label(self) -> str:
        return self.value.capitalize()


class ResultKind(StrEnum):
    """Published by the assessor and entered with its source, or computed by the edition's rule."""

    PUBLISHED = "published"
    COMPUTED = "computed"


class Route(StrEnum):
    """How a programme comes to be judged: by an OECD alignment assessment, or by another's recognition."""

    OECD = "oecd"
    EQUIVALENCE = "equivalence"


class Certainty(StrEnum):
    """How sure a recorded fact is."""

    FOUND = "found"
    OUR_READING = "our_reading"
    UNCERTAIN = "uncertain"

    @property
    def label(self) -> str:
        return {
            "found": "Found in the source",
            "our_reading": "This register’s reading of the source",
            "uncertain": "Sources differ or are unclear",
        }[self.value]
