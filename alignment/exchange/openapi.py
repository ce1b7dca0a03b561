"""The description of the API in OpenAPI 3.1, written from the table of collections that its answers obey."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from alignment.domain.assessment import Scope
from alignment.domain.catalogue import Stage
from alignment.domain.coverage import Resolution, Verdict
from alignment.domain.decision import Approval
from alignment.domain.table import Kind
from alignment.exchange.collections import COLLECTIONS, MOST, ROOT, SOURCE, USUAL, Collection, Field, fields_of
from alignment.exchange.table import LIMITS

Schema = dict[str, Any]

_TYPES: dict[Kind, Schema] = {
    Kind.TEXT: {"type": "string"},
    Kind.NUMBER: {"type": "integer"},
    Kind.YES_NO: {"type": "boolean"},
    Kind.DAY: {"type": "string", "format": "date"},
    Kind.MOMENT: {"type": "string", "format": "date-time"},
    Kind.ADDRESS: {"type": "string", "format": "uri-reference"},
}


def openapi(base_url: str) -> dict[str, Any]:
    """The whole description."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Track A alignment register",
            "version": "1",
            "summary": "The public records of the register, as at any day and as known at any moment.",
            "description": f"{LIMITS} Reading needs no account and no key.",
        },
        "servers": [{"url": base_url or "/"}],
        "paths": {
            ROOT: {"get": _index()},
            **{path: item for each in COLLECTIONS for path, item in _paths(each)},
            f"{ROOT}/coverage": {"get": _coverage()},
        },
        "components": {
            "schemas": {
                **{_named(each): _record(each) for each in COLLECTIONS},
                "Source": _object(SOURCE, "A document, and the place in it."),
                "CoverageMap": _coverage_map(),
                "Index": _index_schema(),
                "Problem": _problem(),
            },
            "parameters": _parameters(),
            "responses": {
                "Unchanged": {"description": "What the ETag of If-None-Match names is still so."},
                "Problem": {
                    "description": "What is wrong, where, and what to do (RFC 9457).",
                    "content": {"application/problem+json": {"schema": _ref("schemas", "Problem")}},
                },
            },
        },
    }


def _ref(kind: str, name: str) -> Schema:
    return {"$ref": f"#/components/{kind}/{name}"}


def _named(collection: Collection) -> str:
    return "".join(word.capitalize() for word in collection.one.split())


# --- schemas -----------------------------------------------------------------------------------------------


def _record(collection: Collection) -> Schema:
    return _object(fields_of(collection), collection.says)


def _object(fields: Iterable[Field], says: str) -> Schema:
    named = {field.name: _field(field) for field in fields}
    return {
        "type": "object", "description": says, "properties": named, "required": list(named),
        "additionalProperties": False,
    }  # fmt: skip


def _field(field: Field) -> Schema:
    schema = _type(field)
    if field.many:
        schema = {"type": "array", "items": schema}
    if field.null:
        schema = {"anyOf": [schema, {"type": "null"}]}
    return schema | {"description": field.says}


def _type(field: Field) -> Schema:
    if field.of:
        return _ref("schemas", "Source") if field.of is SOURCE else _object(field.of, field.says)
    schema = dict(_TYPES[field.kind])
    if field.words:
        schema["enum"] = list(field.words)
    if field.form:
        schema["pattern"] = f"^(?:{field.form})$"
    return schema


def _portion(collection: Collection) -> Schema:
    return {
        "type": "object",
        "properties": {
            "as_at": {"type": ["string", "null"], "format": "date", "description": "The day that the records hold on."},
            "known_at": {"type": ["string", "null"], "format": "date-time"},
            "items": {"type": "array", "maxItems": MOST, "items": _ref("schemas", _named(collection))},
            "next": {
                "type": ["string", "null"], "format": "uri-reference",
                "description": "The address of the next portion, also in the Link header; null at the end.",
            },
        },
        "required": ["as_at", "known_at", "items", "next"],
    }  # fmt: skip


def _index_schema() -> Schema:
    address = {"type": "string"}
    collection = {
        "type": "object",
        "properties": dict.fromkeys(("name", "says", "href", "one"), address),
        "required": ["name", "says", "href", "one"],
    }
    links = dict.fromkeys(("coverage", "schema", "explained"), address)
    return {
        "type": "object",
        "properties": {"collections": {"type": "array", "items": collection}, **links},
        "required": ["collections", *links],
    }


def _problem() -> Schema:
    text = {"type": "string"}
    return {
        "type": "object",
        "properties": {
            "type": text, "title": text, "status": {"type": "integer"}, "detail": text, "instance": text,
            "next": {"type": "string", "description": "What to do."},
            "faults": {"type": "array", "items": text},
            "incident": {"type": "string", "description": "The number under which a fault of ours is found."},
        },
        "required": ["type", "title", "status", "detail", "instance", "next"],
    }  # fmt: skip


def _coverage_map() -> Schema:
    """The shape of /coverage.json (exchange/coverage.py)."""
    text, ids = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
    maybe = {"type": ["string", "null"]}
    programme: dict[str, Schema] = {
        "id": text, "name": text, "approval": {"enum": [each.value for each in Approval]},
        "in_scope": {"type": "boolean"}, "out_of_scope_because": maybe, "condition": maybe,
    }  # fmt: skip
    cell: dict[str, Schema] = {
        "programme": text, "verdict": {"enum": [each.value for each in Verdict]},
        "resolution": {"enum": [*(each.value for each in Resolution), None]}, "why": text, "open_actions": ids,
    }  # fmt: skip
    requirement: dict[str, Schema] = {
        "code": text, "title": text, "asked": {"type": "boolean"}, "cells": {"type": "array", "items": _all(cell)},
    }  # fmt: skip
    return _all({
        "as_at": {"type": "string", "format": "date"}, "known_at": {"type": ["string", "null"], "format": "date-time"},
        "metal": text, "metal_settled_by_the_lme": {"type": "boolean"},
        "stage": {"enum": [*(each.value for each in Stage), None]}, "declared": ids,
        "programmes": {"type": "array", "items": _all(programme)},
        "requirements": {"type": "array", "items": _all(requirement)}, "open": ids,
        "smallest_sets": {"type": ["array", "null"], "items": ids}, "empty_because": maybe, "limits": text,
    })  # fmt: skip


def _all(properties: dict[str, Schema]) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


# --- addresses ---------------------------------------------------------------------------------------------


def _parameters() -> dict[str, Schema]:
    return {
        "as_at": _query("as_at", "The day on which the records hold; today where it is not asked.", format="date"),
        "known_at": _query(
            "known_at", "As the register knew it at this moment, in UTC where it names no zone, or on this day.",
        ),
        "limit": {
            **_query("limit", "Records in a portion."),
            "schema": {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL},
        },
        "cursor": _query("cursor", "Where a portion goes on: taken from “next”, never made up."),
    }  # fmt: skip


def _query(name: str, says: str, **schema: Any) -> Schema:
    return {"name": name, "in": "query", "description": says, "schema": {"type": "string", **schema}}


def _paths(collection: Collection) -> Iterable[tuple[str, Schema]]:
    narrowing = [
        _query(each.name, each.says, **({"enum": list(each.words)} if each.words else {}))
        for each in collection.filters
    ]
    common = [_ref("parameters", name) for name in ("as_at", "known_at")]
    paging = [_ref("parameters", name) for name in ("limit", "cursor")]
    yield collection.address, {
        "get": _operation(
            f"list-{collection.name}", f"{collection.says} In the order of {collection.order}.",
            [*narrowing, *common, *paging], _portion(collection),
        )
    }  # fmt: skip
    named = [_in_path(name) for name in collection.path]
    schema = _ref("schemas", _named(collection))
    yield (
        collection.template,
        {"get": _operation(f"get-{collection.name}", f"One {collection.one} by its id.", [*named, *common], schema)},
    )


def _in_path(name: str) -> Schema:
    schema: Schema = {"type": "string"}
    if name == "round":
        schema = {"type": "integer", "minimum": 1}
    if name == "part":
        schema = {"type": "string", "enum": [each.value for each in Scope if each is not Scope.OVERALL]}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _index() -> Schema:
    return _operation("list-collections", "Every collection with its address.", [], _ref("schemas", "Index"))


def _coverage() -> Schema:
    stages = [each.value for each in Stage]
    declared = _query("programme", "What a brand would declare: “open” then speaks of these alone.")
    declared["schema"] = {"type": "array", "items": {"type": "string"}}
    asked = [
        _query("metal", "The id of a metal.", default="copper"), _query("stage", "A stage.", enum=stages), declared,
        *(_ref("parameters", name) for name in ("as_at", "known_at")),
    ]  # fmt: skip
    says = "Which programme covers which requirement of Track A, in the shape of /coverage.json."
    return _operation("get-coverage", says, asked, _ref("schemas", "CoverageMap"))


def _operation(name: str, says: str, parameters: list[Schema], schema: Schema) -> Schema:
    return {
        "operationId": name,
        "description": says,
        "parameters": parameters,
        "responses": {
            "200": {"description": "As asked.", "content": {"application/json": {"schema": schema}}},
            "304": _ref("responses", "Unchanged"),
            "default": _ref("responses", "Problem"),
        },
    }
