"""Saying no over HTTP: a plain page for people, a problem (RFC 9457) for programs, never a trace."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap

from alignment.domain.frozen import dataclass
from alignment.domain.refusal import Faults, Missing, Refusal
from alignment.web.render import Pages
from alignment.web.sessions import page_behind

log = logging.getLogger("alignment.web")

PROBLEM = "application/problem+json"
ANY_ORIGIN = {"access-control-allow-origin": "*", "access-control-expose-headers": "etag, link"}
"""What lets a page of any other site read an answer of the public API, refusals included. It takes no cookie along."""

# What happened, and what to do next; said when nobody has said anything more exact.
SAYINGS: Mapping[int, tuple[str, str, str]] = {
    400: (
        "This request cannot be read",
        "Something in the address or in what was sent is not in the form that this page takes.",
        "Go back, check what you entered and send it again.",
    ),
    401: (
        "Sign in first",
        "This page belongs to the working areas, and you are not signed in.",
        "Sign in, then open this page again. Everything public can be read without signing in.",
    ),
    403: (
        "This is not yours to do",
        "Your role does not allow this here.",
        "Ask the person who runs the assessment, or an administrator, who may do it.",
    ),
    404: (
        "There is no such page",
        "Nothing is published at this address.",
        "Check the address, or begin on the first page.",
    ),
    405: (
        "This address does not take that",
        "The page exists, but not for this kind of request.",
        "Open it as a page, or go back and use the form again.",
    ),
    409: (
        "Somebody was faster",
        "What you were changing was changed meanwhile, so your change was not stored.",
        "Open it again, look at the newer version and enter your change once more.",
    ),
    413: (
        "That is too large",
        "What was sent is larger than this page takes, so nothing of it was stored.",
        "Send a smaller file, or split it.",
    ),
    422: (
        "Something needs to be put right",
        "What was sent was understood but cannot be stored as it stands.",
        "Put right what is named here and send it again. Nothing was stored.",
    ),
    429: (
        "Too many requests",
        "More came from your address in a short time than this register answers.",
        "Wait a minute, then try again.",
    ),
    500: (
        "Something went wrong here",
        "The fault is ours, not yours. Nothing you sent was stored.",
        "Try once more. If it happens again, tell whoever runs this register, with the number below.",
    ),
    503: (
        "Not available just now",
        "The register cannot use its database at the moment. Nothing you sent was stored.",
        "Try again in a minute. If it lasts, tell whoever runs this register: its log says why.",
    ),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a request was not answered as asked, in words, and what to do next."""

    status: int
    title: str
    detail: str
    next: str
    faults: tuple[str, ...] = ()
    incident: str = ""


def handlers(pages: Pages) -> ExceptionHandlersMap:
    """Exception handlers for the application: every way of failing, as a page or as a problem."""

    def refused(request: Request[Any, Any, Any], error: Exception) -> Response[str]:
        return answer(pages, request, problem_of(error))

    def failed(request: Request[Any, Any, Any], error: Exception) -> Response[str]:
        headers = error.headers if isinstance(error, HTTPException) else None
        # The template of the address, not the address: some addresses are secrets.
        place = request.scope.get("path_template", "an unknown address")
        return answer(pages, request, noted(error, f"{request.method} {place}"), headers)

    return {Refusal: refused, Faults: refused, HTTPException: failed, Exception: failed}


def noted(error: Exception, where: str) -> Problem:
    """What a failure means to the one who asked; what is our own fault is written to the log with its number."""
    problem = problem_of(error)
    if problem.status == 500:
        log.error("incident %s: %s", problem.incident, where, exc_info=error)
    return problem


def problem_of(error: Exception) -> Problem:
    """What a failure means to the one who asked. What is our own fault is never described, only numbered."""
    if isinstance(error, Faults):
        return _said(422, faults=tuple(error.faults))
    if isinstance(error, Refusal):
        return _said(status_of(error), detail=str(error))
    if not isinstance(error, HTTPException):
        return _said(500, incident=secrets.token_hex(4))
    if isinstance(error, ValidationException):
        return _said(400, faults=tuple(_validation(error.extra)))
    status = error.status_code if error.status_code in SAYINGS else 400 if error.status_code < 500 else 500
    if status == 500:
        return _said(500, incident=secrets.token_hex(4))
    own_words = error.detail != HTTPStatus(error.status_code).phrase
    return _said(status, detail=error.detail if own_words else "")


def status_of(refusal: Refusal) -> int:
    """403, unless what is acted on is missing (404), or the refusal says that it is a clash (409) or about
    what was sent (422).
    """
    if isinstance(refusal, Missing):
        return 404
    given = getattr(refusal, "status", 403)
    return given if given in (403, 409, 422) else 403


def answer(
    pages: Pages, request: Request[Any, Any, Any], problem: Problem, headers: Mapping[str, str] | None = None
) -> Response[str]:
    """The problem in the form that the address asks for: JSON, a page, or a fragment for an open page."""
    told = {"cache-control": "no-store", **(headers or {})}
    if wants_json(request.scope["path"]):
        if problem.status == 401:
            told.setdefault("www-authenticate", "Bearer")
        if is_api(request.scope["path"]):
            told |= ANY_ORIGIN
        return Response(
            as_json(problem, request.scope["path"]),
            status_code=problem.status,
            media_type=PROBLEM,
            headers=told,
        )
    if request.headers.get("hx-request") == "true":
        page = pages.macro("components/problem.html", "problem", problem)
    else:
        who = request.state.get("visitor")
        signed_in = who is not None and who.someone is not None
        context = {"problem": problem, "form": _form_behind(request)} | ({"visitor": who} if signed_in else {})
        page = pages.render("error.html", context, here=request.url.path if signed_in else "")
    return Response(page, status_code=problem.status, media_type=MediaType.HTML, headers=told)


def _form_behind(request: Request[Any, Any, Any]) -> str:
    """The page of the form that was refused, to lead back to; nothing where no form was, or none is known."""
    behind = page_behind(request, "") if request.method == "POST" else ""
    return "" if behind.partition("?")[0] == request.url.path else behind


def wants_json(path: str) -> bool:
    """Whether programs ask here: the API, and any address that ends in .json."""
    return path == "/api" or path.startswith("/api/") or path.endswith(".json")


def is_api(path: str) -> bool:
    """Whether an address is one of the public API."""
    return path == "/api/v1" or path.startswith("/api/v1/")


def as_json(problem: Problem, path: str) -> str:
    """The problem as RFC 9457 has it, with our own members ``next``, ``faults`` and ``incident``."""
    members: dict[str, object] = {
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "instance": path,
        "next": problem.next,
    }
    if problem.faults:
        members["faults"] = list(problem.faults)
    if problem.incident:
        members["incident"] = problem.incident
    return json.dumps(members, ensure_ascii=False)


def _said(status: int, *, detail: str = "", faults: tuple[str, ...] = (), incident: str = "") -> Problem:
    title, usual, then = SAYINGS[status]
    return Problem(status, title, detail or usual, then, faults, incident)


def _validation(extra: object) -> list[str]:
    """What the framework found wrong with the parameters, one sentence each."""
    found = extra if isinstance(extra, list) else []
    return [
        f"{each.get('key', 'what was sent')}: {each['message']}"
        for each in found
        if isinstance(each, dict) and each.get("message")
    ]
