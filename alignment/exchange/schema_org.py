"""Pages described for search engines in the words of schema.org: only what the register knows, the rest left out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any, Protocol

from alignment.domain.publication import Content

CONTEXT = "https://schema.org"
FREE = {"isAccessibleForFree": True, "inLanguage": "en-GB"}


class Described(Protocol):
    """A programme by its names."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def short_name(self) -> str: ...
    @property
    def standard(self) -> str: ...
    @property
    def standard_edition(self) -> str: ...
    @property
    def metals_said(self) -> str: ...


def status_dataset(*, base_url: str, as_at: date, dated: str) -> dict[str, Any]:
    """The market status as a data set with its files; ``dated`` is the query that asks for the date again."""
    files = [("csv", "text/csv"), ("json", "application/json"), ("md", "text/markdown")]
    return {
        "@context": CONTEXT,
        "@type": "Dataset",
        "@id": f"{base_url}/#status",
        "name": "Status of alignment assessments and of LME approval under Track A",
        "description": "Which responsible-sourcing standards for metals passed an OECD alignment assessment and which "
        "of them the London Metal Exchange approves, derived from dated, sourced facts.",
        "url": f"{base_url}/{dated}",
        "temporalCoverage": as_at.isoformat(),
        "keywords": ["responsible sourcing", "due diligence", "metals", "OECD alignment assessment", "LME Track A"],
        "distribution": _downloads((f"{base_url}/status.{suffix}{dated}", form) for suffix, form in files),
        **FREE,
    }


def programme_dataset(
    programme: Described, *, base_url: str, as_at: date, dated: str, sentence: str, owners: Iterable[str]
) -> dict[str, Any]:
    """What the register holds of one programme as a data set about its standard."""
    page = f"{base_url}/programmes/{programme.id}"
    standard: dict[str, Any] = {"@type": "CreativeWork", "name": programme.standard}
    if programme.standard_edition:
        standard["version"] = programme.standard_edition
    owned = [{"@type": "Organization", "name": owner} for owner in owners]
    if owned:
        standard["publisher"] = owned
    return {
        "@context": CONTEXT,
        "@type": "Dataset",
        "@id": f"{page}#data",
        "name": f"Alignment assessment and LME approval of {programme.name}",
        "alternateName": programme.short_name,
        "description": f"Status as at {as_at.isoformat()}: {sentence}. Metals: {programme.metals_said}.",
        "url": f"{page}{dated}",
        "temporalCoverage": as_at.isoformat(),
        "isPartOf": {"@type": "Dataset", "@id": f"{base_url}/#status", "url": f"{base_url}/"},
        "about": standard,
        "distribution": _downloads([(f"{page}.json{dated}", "application/json")]),
        **FREE,
    }


def publication_report(content: Content, *, base_url: str, digest: str) -> dict[str, Any]:
    """A market update as a report; one rebuilt from a document says what it is based on, and by whom that is."""
    page = f"{base_url}/publications/{content['number']}"
    forms = [("json", "application/json"), ("csv", "text/csv"), ("md", "text/markdown"), ("pdf", "application/pdf")]
    said: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "Report",
        "@id": page,
        "name": content["title"],
        "reportNumber": content["number"],
        "url": page,
        "temporalCoverage": content["as_at"],
        "identifier": {
            "@type": "PropertyValue",
            "propertyID": "SHA-256 of the content in canonical JSON",
            "value": digest,
        },
        "encoding": [
            {"@type": "MediaObject", "contentUrl": f"{page}.{suffix}", "encodingFormat": form} for suffix, form in forms
        ],
        **FREE,
    }
    if content["label"]:
        said["abstract"] = content["label"]
    if not content["published"].startswith("by "):
        said["datePublished"] = content["published"]
    if content["source"]:
        said["isBasedOn"] = {
            "@type": "CreativeWork",
            "name": content["source"]["title"],
            "publisher": {"@type": "Organization", "name": content["source"]["issuer"]},
        }
    elif content.get("issuer"):
        said["publisher"] = {"@type": "Organization", "name": content["issuer"]}
    return said


def script_text(said: dict[str, Any]) -> str:
    """JSON that may stand inside a script element of type application/ld+json: nothing in it ends the element."""
    return json.dumps(said, ensure_ascii=False, sort_keys=False).replace("<", "\\u003c").replace("&", "\\u0026")


def _downloads(files: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"@type": "DataDownload", "contentUrl": url, "encodingFormat": form} for url, form in files]
