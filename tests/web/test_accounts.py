"""Signing in and out, a session that ends during a save, and one's own account, as a browser sends it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pyotp
import pytest
from sqlalchemy import Engine
from sqlmodel import select

from alignment.database import make_engine, reading, unit_of_work
from alignment.domain.people import Role, Someone
from alignment.queries import people as asked
from alignment.services import accounts, passwords, people
from alignment.tables import Person, SignedIn
from alignment.web.accounts import qr_path
from alignment.web.sessions import COOKIE, KEPT_BYTES, ours
from alignment.web.signing_in import place_of
from tests.conftest import NOW
from tests.web.site import counted_queries
from tests.working import (
    OWNER,
    PASSWORD,
    PROGRAMME,
    Browser,
    Client,
    app_again,
    app_for,
    client_for,
    make_person,
    make_programme,
)

EMAIL = "ada@people.example"
HERE = {"Sec-Fetch-Site": "same-origin"}


class Clock:
    """A time that a test moves on."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(sqlite_url: str) -> Iterator[Engine]:
    engine = make_engine(sqlite_url)
    yield engine
    engine.dispose()


@pytest.fixture
def ada(engine: Engine) -> Someone:
    with unit_of_work(engine) as session:
        make_programme(session)
        return make_person(session, "Ada", OWNER, Role.SCHEME_OWNER, password=PASSWORD)


@pytest.fixture
def app(sqlite_url: str, clock: Clock) -> Any:
    return app_again(sqlite_url, clock=clock)


@pytest.fixture
def visitor(app: Any, engine: Engine, ada: Someone) -> Iterator[Browser]:
    """A browser in which nobody is signed in."""
    with client_for(app, engine) as nobody:
        nobody.client.headers["Sec-Fetch-Site"] = "same-origin"
        yield nobody.client


@pytest.fixture
def signed_in(app: Any, engine: Engine, ada: Someone) -> Iterator[Client]:
    with client_for(app, engine, ada) as client:
        client.client.headers["Sec-Fetch-Site"] = "same-origin"
        yield client


def sign_in(visitor: Browser, password: str = PASSWORD, **more: str) -> httpx.Response:
    fields = {"email": EMAIL, "password": password, **more}
    return visitor.post("/account/sign-in", data=fields, follow_redirects=False)


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page."""
    return {
        html.unescape(name): html.unescape(value)
        for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', page)
    }


# --- signing in ------------------------------------------------------------------------------------


def test_a_working_page_leads_to_the_sign_in_page_and_back(visitor: Browser) -> None:
    refused = visitor.get("/work/why?programme=the-programme", follow_redirects=False)
    assert refused.status_code == 303
    page = visitor.get(refused.headers["location"])
    back = hidden(page.text)["back"]
    assert back == "/work/why?programme=the-programme"
    answer = sign_in(visitor, back=back)
    assert (answer.status_code, answer.headers["location"]) == (303, back)
    assert visitor.get(back).status_code == 200


def test_the_cookie_is_kept_from_scripts_and_other_sites(visitor: Browser) -> None:
    (cookie,) = sign_in(visitor).headers.get_list("set-cookie")
    said = {part.strip().lower() for part in cookie.split(";")}
    assert {"httponly", "samesite=lax", "path=/", "max-age=43200"} <= said
    assert "secure" not in said, "the public address is plain http here"


def test_the_cookie_is_secure_where_the_public_address_is(sqlite_url: str, engine: Engine, ada: Someone) -> None:
    with client_for(app_for(sqlite_url, base_url="https://register.example"), engine) as client:
        (cookie,) = sign_in(client.client).headers.get_list("set-cookie")
    assert "secure" in {part.strip().lower() for part in cookie.split(";")}


def test_the_sign_in_page_is_never_kept_and_sets_no_cookie(visitor: Browser) -> None:
    page = visitor.get("/account/sign-in")
    assert page.headers["cache-control"] == "no-store"
    assert "set-cookie" not in page.headers
    assert '<meta name="robots" content="noindex">' in page.text
    assert "Demonstration" not in page.text


def test_after_signing_in_my_work_is_the_first_page(visitor: Browser) -> None:
    assert sign_in(visitor).headers["location"] == "/work"
    page = visitor.get("/work").text
    assert "Signed in as" in page
    assert "Scheme owner" in page
    assert visitor.get("/account/sign-in", follow_redirects=False).headers["location"] == "/work"


@pytest.mark.parametrize(
    "back",
    ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "/account/sign-out", ""],
)
def test_the_way_back_never_leaves_the_site(visitor: Browser, back: str) -> None:
    assert sign_in(visitor, back=back).headers["location"] == "/work"


@pytest.mark.parametrize(("email", "password"), [(EMAIL, "wrong"), ("nobody@people.example", PASSWORD), ("", "")])
def test_a_wrong_password_and_an_unknown_account_are_answered_alike(
    visitor: Browser, email: str, password: str
) -> None:
    answer = visitor.post("/account/sign-in", data={"email": email, "password": password})
    assert answer.status_code == 422
    assert "do not fit together, or the account is not active" in answer.text
    assert "set-cookie" not in answer.headers
    assert f'value="{email}"' in answer.text, "the address that was typed stays"
    assert password == "" or password not in answer.text, "and the password does not"


def test_an_account_that_is_not_active_does_not_sign_in(visitor: Browser, engine: Engine, ada: Someone) -> None:
    with unit_of_work(engine) as session:
        person = session.get(Person, ada.id)
        assert person is not None
        person.active = False
    assert sign_in(visitor).status_code == 422


def test_after_five_wrong_tries_the_right_password_waits_too(visitor: Browser, clock: Clock) -> None:
    assert [sign_in(visitor, "wrong").status_code for _ in range(5)] == [422] * 5
    limited = sign_in(visitor)
    assert limited.status_code == 429
    assert "Wait 15 minutes, then try again" in limited.text
    assert int(limited.headers["retry-after"]) == 901
    clock.later(minutes=14, seconds=30)
    assert "Wait 1 minute, then try again" in sign_in(visitor).text
    clock.later(seconds=31)
    assert sign_in(visitor).status_code == 303


def test_signing_in_anew_ends_the_session_before(visitor: Browser, engine: Engine) -> None:
    sign_in(visitor)
    first = visitor.cookies[COOKIE]
    sign_in(visitor)
    assert visitor.cookies[COOKIE] != first
    with unit_of_work(engine) as session:
        assert len(session.exec(select(SignedIn)).all()) == 1


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}]
)
def test_another_site_signs_nobody_in(visitor: Browser, headers: dict[str, str]) -> None:
    answer = visitor.post("/account/sign-in", data={"email": EMAIL, "password": PASSWORD}, headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_a_session_ends_after_twelve_hours(visitor: Browser, clock: Clock) -> None:
    sign_in(visitor)
    clock.later(hours=11, minutes=59)
    assert visitor.get("/work", follow_redirects=False).status_code == 200
    clock.later(minutes=1)
    assert visitor.get("/work", follow_redirects=False).status_code == 303


def test_when_a_session_was_last_used_is_noted_every_few_minutes(
    visitor: Browser, clock: Clock, engine: Engine
) -> None:
    sign_in(visitor)
    for minutes, seen in ((4, 0), (2, 6), (1, 6)):
        clock.later(minutes=minutes)
        visitor.get("/work")
        with unit_of_work(engine) as session:
            assert session.exec(select(SignedIn)).one().seen_at == NOW + timedelta(minutes=seen)


def test_many_at_once_are_asked_to_come_back(visitor: Browser) -> None:
    held = [passwords._waiting.acquire(blocking=False) for _ in range(8)]
    try:
        answer = sign_in(visitor)
    finally:
        for _ in held:
            passwords._waiting.release()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "Many people are signing in" in answer.text


def test_signing_out_ends_this_session_alone(signed_in: Client, app: Any, engine: Engine, ada: Someone) -> None:
    with client_for(app, engine, ada) as elsewhere:
        answer = signed_in.post("/account/sign-out")
        assert (answer.status_code, answer.headers["location"]) == (303, "/account/sign-in")
        assert signed_in.get("/work").status_code == 303
        assert elsewhere.get("/work").status_code == 200
        elsewhere.post("/account/sign-out", {"everywhere": "1"})
        assert elsewhere.get("/work").status_code == 303


def test_signing_out_everywhere_ends_every_session(signed_in: Client, app: Any, engine: Engine, ada: Someone) -> None:
    with client_for(app, engine, ada) as elsewhere:
        signed_in.post("/account/sign-out", {"everywhere": "1"})
        assert elsewhere.get("/work").status_code == 303


def test_signing_out_twice_is_no_fault(visitor: Browser) -> None:
    assert visitor.post("/account/sign-out", follow_redirects=False).status_code == 303


# --- forms of a session ------------------------------------------------------------------------------


def test_a_form_without_the_secret_of_its_session_is_refused(signed_in: Client) -> None:
    answer = signed_in.client.post("/account/keys", data={"keys": "off"})
    assert answer.status_code == 403


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "none"}])
def test_another_sites_form_is_refused_and_keeps_nothing(signed_in: Client, headers: dict[str, str]) -> None:
    data = {"csrf": "guessed", "label": "a token for evil"}
    answer = signed_in.client.post("/account/tokens", data=data, headers=headers)
    assert answer.status_code == 403
    assert "a token for evil" not in answer.text


def test_a_script_may_send_the_secret_as_a_header(signed_in: Client) -> None:
    answer = signed_in.client.post(
        "/account/keys", data={"keys": "off"}, headers={"x-csrf": signed_in.csrf}, follow_redirects=False
    )
    assert answer.status_code == 303


def test_a_body_that_is_no_form_is_answered_with_a_sentence(signed_in: Client) -> None:
    body = b"&".join(b"a=1" for _ in range(5001))
    answer = signed_in.client.post(
        "/account/keys", content=body, headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code == 400
    assert "no form of ours" in answer.text


def test_a_form_may_come_in_parts(signed_in: Client, engine: Engine) -> None:
    answer = signed_in.client.post(
        "/account/tokens",
        data={"csrf": signed_in.csrf, "label": "in parts"},
        files={"unasked": ("a.txt", b"x", "text/plain")},
    )
    assert answer.status_code == 200
    assert "in parts" in answer.text


@pytest.mark.parametrize("files", [None, {"unasked": ("a.txt", b"x", "text/plain")}])
@pytest.mark.parametrize("sign", ["\0", "\1", "\f", "\x1f"])
def test_a_sign_that_no_text_has_is_told_beside_its_field_and_nothing_is_stored(
    signed_in: Client, files: dict[str, tuple[str, bytes, str]] | None, sign: str
) -> None:
    data = {"csrf": signed_in.csrf, "label": f"for the{sign} night"}
    answer = signed_in.client.post("/account/tokens", data=data, files=files)
    assert answer.status_code == 422
    beside = answer.text[answer.text.index('id="label-error"') :]
    assert f"A control character (U+{ord(sign):04X}) was left out of this field" in beside
    assert 'value="for the night"' in beside
    assert "for the" not in signed_in.get("/account").text


@pytest.mark.parametrize("sent", [b"for the%FF night", b"for the\xff night", b"for the%ED%A0%80 night"])
def test_bytes_that_are_no_text_are_told_in_the_same_way(signed_in: Client, sent: bytes) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    body = b"csrf=" + signed_in.csrf.encode() + b"&label=" + sent
    answer = signed_in.client.post("/account/tokens", content=body, headers=form)
    assert answer.status_code == 422
    assert "A byte that is no UTF-8 was left out of this field" in answer.text
    assert 'value="for the night"' in answer.text


@pytest.mark.parametrize("head", [b"", b"\r\nContent-Type: text/plain; charset=martian"])
def test_bytes_that_are_no_text_are_told_in_a_form_of_parts_as_well(signed_in: Client, head: bytes) -> None:
    parts = {"content-type": "multipart/form-data; boundary=x", "x-csrf": signed_in.csrf}
    part = b'--x\r\nContent-Disposition: form-data; name="label"' + head + b"\r\n\r\nfor the\xff night\r\n--x--\r\n"
    answer = signed_in.client.post("/account/tokens", content=part, headers=parts)
    assert answer.status_code == 422
    assert "A byte that is no UTF-8 was left out of this field" in answer.text
    assert 'value="for the night"' in answer.text


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"no part at all",
        b'--x\r\nContent-Disposition: form-data; name="label"\r\n\r\nfor the',
        b'--x\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\nfor the',
        b'--x\r\nContent-Disposition: form-data; name="label"\r\n\r\n\r\n' * 5001 + b"--x--",
    ],
)
def test_what_is_no_form_is_refused_as_such(signed_in: Client, sent: bytes) -> None:
    for boundary in ("; boundary=x", ""):
        parts = {"content-type": f"multipart/form-data{boundary}", "x-csrf": signed_in.csrf}
        answer = signed_in.client.post("/account/tokens", content=sent, headers=parts)
        assert answer.status_code == 400
        assert "did not arrive whole, or has more than 5000 fields" in answer.text


def test_an_act_whose_page_shows_no_form_names_the_field_and_leads_back(signed_in: Client) -> None:
    data = {"csrf": signed_in.csrf, "keys": "on", "some_words": "a\0b"}
    address = "http://register.example/account"
    answer = signed_in.client.post("/account/keys", data=data, headers={"referer": address})
    assert answer.status_code == 422
    assert "“some words”: A control character (U+0000)" in answer.text
    assert '<a href="/account">The page that you sent this from</a>' in answer.text
    assert "that you sent this from" not in signed_in.client.post("/account/keys", data=data).text


# --- a session that ends during a save ----------------------------------------------------------------

TEXT = 'First line.\r\n\r\n"Second" <b>line</b> & more'
KEPT = 'First line.\n\n"Second" <b>line</b> & more'


def declare(client: Browser, csrf: str = "gone", **headers: str) -> httpx.Response:
    fields = {"csrf": csrf, "programme": PROGRAMME, "interest": "yes", "statement": TEXT, "my_password": "secret!"}
    return client.post("/account/declarations", data=fields, headers=headers, follow_redirects=False)


def test_what_was_typed_when_the_session_ended_is_kept_and_sent_again(
    visitor: Browser, engine: Engine, ada: Someone
) -> None:
    page = declare(visitor)
    assert page.status_code == 401
    assert "What you wrote is kept" in page.text
    carried = hidden(page.text)
    assert carried["kept_to"] == "/account/declarations"
    assert carried["kept:statement"] == KEPT
    assert "secret!" not in page.text, "a password is never kept"

    wrong = visitor.post("/account/sign-in", data={**carried, "email": EMAIL, "password": "wrong"})
    assert hidden(wrong.text)["kept:statement"] == KEPT, "not even by a wrong password is it lost"
    kept = visitor.post("/account/sign-in", data={**hidden(wrong.text), "email": EMAIL, "password": PASSWORD})
    assert kept.status_code == 200
    assert "Your text was kept" in kept.text
    assert "&lt;b&gt;line&lt;/b&gt;" in kept.text, "what was typed is shown as typed"
    assert re.search(r'<form method="post" action="/account/declarations">', kept.text)

    form = kept.text.split('action="/account/declarations"')[1].split("</form>")[0]
    sent = visitor.post("/account/declarations", data=hidden(form), follow_redirects=False)
    assert sent.status_code == 303
    with reading(engine) as connection:
        (declared,) = asked.declarations(connection, ada.id)
    assert declared.statement == KEPT


def test_what_another_site_sends_is_not_kept(visitor: Browser) -> None:
    page = declare(visitor, **{"Sec-Fetch-Site": "cross-site"})
    assert page.status_code == 401
    assert "Second" not in page.text


def test_an_old_browser_that_says_only_where_a_form_came_from_is_believed(visitor: Browser) -> None:
    del visitor.headers["Sec-Fetch-Site"]
    assert "kept_to" not in hidden(declare(visitor).text)
    assert "kept_to" not in hidden(declare(visitor, origin="https://evil.example").text)
    assert "kept_to" in hidden(declare(visitor, origin="http://register.test").text)


def test_a_text_too_long_to_be_carried_is_said_to_be_lost(visitor: Browser) -> None:
    page = visitor.post("/account/declarations", data={"statement": "x" * (KEPT_BYTES + 1)})
    assert "too long to be kept" in page.text
    assert "kept_to" not in hidden(page.text)


def test_a_file_has_to_be_chosen_again(visitor: Browser) -> None:
    page = visitor.post(
        "/account/declarations", data={"statement": "Some words."}, files={"file": ("a.txt", b"x", "text/plain")}
    )
    assert "Choose your files again" in page.text
    assert hidden(page.text)["kept:statement"] == "Some words."


def test_a_fragment_keeps_the_text_where_it_stood(visitor: Browser) -> None:
    answer = declare(visitor, **{"HX-Request": "true", "HX-Current-URL": "http://register.test/work/why?part="})
    assert answer.status_code == 401
    assert "<html" not in answer.text
    assert hidden(answer.text)["kept:statement"] == KEPT
    assert hidden(answer.text)["back"] == "/work/why?part="
    page = visitor.post("/account/sign-in/again", data=hidden(answer.text))
    assert hidden(page.text)["kept:statement"] == KEPT
    assert visitor.post("/account/sign-in/again", data={}).status_code == 200


def test_a_fragment_that_only_reads_asks_to_sign_in(visitor: Browser) -> None:
    answer = visitor.get("/work", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert "your session is over" in answer.text
    assert hidden(answer.text) == {"back": "/work"}


def test_a_form_of_an_older_session_is_kept_too(signed_in: Client) -> None:
    page = declare(signed_in.client, csrf="of the session before")
    assert page.status_code == 403
    assert "Your text was kept" in page.text
    form = page.text.split('action="/account/declarations"')[1].split("</form>")[0]
    assert hidden(form)["csrf"] == signed_in.csrf
    assert signed_in.client.post("/account/declarations", data=hidden(form), follow_redirects=False).status_code == 303


def test_a_fragment_of_an_older_session_is_kept_too(signed_in: Client) -> None:
    answer = declare(signed_in.client, csrf="of the session before", **{"HX-Request": "true"})
    assert answer.status_code == 403
    assert "<html" not in answer.text
    assert hidden(answer.text)["csrf"] == signed_in.csrf


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example/", "/account/sign-in", "/a b", "/a\nb", ""])
def test_what_is_kept_goes_to_no_other_place(visitor: Browser, to: str) -> None:
    assert not ours(to)
    answer = sign_in(visitor, kept_to=to, **{"kept:text": "words of mine"})
    assert answer.status_code == 303


# --- the second factor -----------------------------------------------------------------------------------


@pytest.fixture
def totp(engine: Engine, ada: Someone) -> pyotp.TOTP:
    """The second factor of Ada, on; the code of NOW is used up."""
    totp = pyotp.TOTP(accounts.new_totp_secret())
    with unit_of_work(engine) as session:
        accounts.enrol(session, actor=ada, totp_secret=totp.secret, code=totp.at(NOW), now=NOW)
    return totp


def test_the_second_factor_is_asked_for_after_the_password(visitor: Browser, totp: pyotp.TOTP, clock: Clock) -> None:
    clock.later(minutes=1)
    page = sign_in(visitor, back="/account")
    assert page.status_code == 200
    assert "Enter your code" in page.text
    half = visitor.cookies[COOKIE]
    assert visitor.get("/work", follow_redirects=False).status_code == 303, "the password alone opens nothing"
    fields = hidden(page.text)
    wrong = visitor.post("/account/sign-in/code", data={**fields, "code": "000000"})
    assert (wrong.status_code, "does not fit" in wrong.text) == (422, True)
    right = visitor.post("/account/sign-in/code", data={**fields, "code": totp.at(clock.now)}, follow_redirects=False)
    assert (right.status_code, right.headers["location"]) == (303, "/account")
    assert visitor.cookies[COOKIE] != half
    assert visitor.get("/work", follow_redirects=False).status_code == 200


def test_what_was_typed_is_carried_through_the_second_factor(visitor: Browser, totp: pyotp.TOTP, clock: Clock) -> None:
    clock.later(minutes=1)
    page = sign_in(visitor, **hidden(declare(visitor).text))
    assert hidden(page.text)["kept:statement"] == KEPT
    kept = visitor.post("/account/sign-in/code", data={**hidden(page.text), "code": totp.at(clock.now)})
    assert "Your text was kept" in kept.text


def test_codes_are_tried_five_times(visitor: Browser, totp: pyotp.TOTP, clock: Clock) -> None:
    clock.later(minutes=1)
    sign_in(visitor)
    tries = [visitor.post("/account/sign-in/code", data={"code": "000000"}).status_code for _ in range(5)]
    assert tries == [422] * 4 + [429], "the password was the first try"


def test_a_code_that_comes_too_late_begins_anew(visitor: Browser, totp: pyotp.TOTP, clock: Clock) -> None:
    sign_in(visitor)
    clock.later(minutes=6)
    answer = visitor.post("/account/sign-in/code", data={"code": totp.at(clock.now)})
    assert answer.status_code == 422
    assert "Sign in once more" in answer.text


def test_the_second_factor_is_turned_on_on_the_page_and_off_with_the_password(signed_in: Client) -> None:
    page = signed_in.get("/account/second-factor")
    secret = hidden(page.text)["totp_secret"]
    assert " ".join(secret[i : i + 4] for i in range(0, 32, 4)) in page.text
    assert f"secret={secret}" in html.unescape(page.text)
    for lost in ({}, {"totp_secret": ""}, {"totp_secret": "ABC"}, {"totp_secret": "é" * 32}):
        anew = signed_in.post("/account/second-factor", {**lost, "code": "000000"})
        assert anew.status_code == 422
        assert "The form came without its secret" in anew.text
        assert re.search('name="totp_secret" value="[A-Z2-7]{32}"', anew.text)
    wrong = signed_in.post("/account/second-factor", {"totp_secret": secret, "code": "000000"})
    assert wrong.status_code == 422
    assert hidden(wrong.text)["totp_secret"] == secret, "the same secret, so that nothing has to be scanned again"
    right = signed_in.post("/account/second-factor", {"totp_secret": secret, "code": pyotp.TOTP(secret).at(NOW)})
    assert len(re.findall(r"<code>[0-9a-f]{5}(?:-[0-9a-f]{5}){3}</code>", right.text)) == accounts.RECOVERY_CODES
    assert signed_in.get("/account/second-factor").headers["location"] == "/account#second-factor"

    again = signed_in.post("/account/recovery-codes", {"codes_password": PASSWORD})
    assert "Your recovery codes" in again.text
    assert signed_in.post("/account/second-factor/off", {"off_password": "wrong"}).status_code == 422
    assert signed_in.post("/account/second-factor/off", {"off_password": PASSWORD}).status_code == 303
    assert "your password alone signs you in" in signed_in.get("/account").text
    off = signed_in.post("/account/recovery-codes", {"codes_password": PASSWORD})
    assert (off.status_code, "nothing to recover" in off.text) == (422, True)


def test_a_qr_code_is_one_path_on_a_quiet_ground() -> None:
    path, width = qr_path("otpauth://totp/x?secret=A")
    assert width > 29
    assert path.startswith("M4,4h1v1h-1z")
    assert qr_path("otpauth://totp/x?secret=A") == (path, width)


# --- the rest of the account --------------------------------------------------------------------------------


def test_the_password_is_changed_by_whoever_knows_it(signed_in: Client, visitor: Browser) -> None:
    new = "another five words altogether"
    wrong = signed_in.post("/account/password", {"old_password": "wrong", "password": new})
    assert (wrong.status_code, "That is not your password" in wrong.text) == (422, True)
    both = signed_in.post("/account/password", {"old_password": "wrong", "password": "short"})
    assert both.status_code == 422
    assert both.text.index("That is not your password") < both.text.index("A password needs at least 12")
    odd = signed_in.post("/account/password", {"old_password": PASSWORD, "password": f"{new}\0"})
    assert (odd.status_code, "U+0000" in odd.text[odd.text.index('id="password-error"') :]) == (422, True)
    short = signed_in.post("/account/password", {"old_password": PASSWORD, "password": "short"})
    assert (short.status_code, "at least 12 characters: four or five words" in short.text) == (422, True)
    done = signed_in.post("/account/password", {"old_password": PASSWORD, "password": new})
    assert done.status_code == 303
    assert "Your password is changed" in signed_in.get(done.headers["location"].partition("#")[0]).text
    assert sign_in(visitor).status_code == 422
    assert sign_in(visitor, new).status_code == 303


def test_the_own_password_is_tried_five_times(signed_in: Client) -> None:
    answers = [signed_in.post("/account/second-factor/off", {"off_password": "wrong"}) for _ in range(6)]
    assert [each.status_code for each in answers] == [422] * 6
    assert "Too many tries" in answers[5].text
    assert "Too many tries" not in answers[4].text


def test_a_busy_machine_changes_no_password_and_says_so(signed_in: Client) -> None:
    held = [passwords._waiting.acquire(blocking=False) for _ in range(8)]
    try:
        answer = signed_in.post("/account/password", {"old_password": PASSWORD, "password": "another five words"})
    finally:
        for _ in held:
            passwords._waiting.release()
    assert answer.status_code == 422
    assert "Many people are signing in" in answer.text


def test_shortcuts_are_turned_off(signed_in: Client, engine: Engine, ada: Someone) -> None:
    assert signed_in.post("/account/keys", {"keys": "off"}).status_code == 303
    with unit_of_work(engine) as session:
        person = session.get(Person, ada.id)
        assert person is not None
        assert not person.keys_on


def test_a_token_is_shown_once_listed_without_its_secret_and_revoked(signed_in: Client) -> None:
    empty = signed_in.post("/account/tokens", {"label": " "})
    assert (empty.status_code, "Say what the token is for" in empty.text) == (422, True)
    value = re.search(r"<code>(alignment_[\w-]+)</code>", signed_in.post("/account/tokens", {"label": "Nightly"}).text)
    assert value is not None
    page = signed_in.get("/account").text
    assert "Nightly" in page
    assert value[1] not in page
    revoke = re.search(r'action="(/account/tokens/\w+/revoke)"', page)
    assert revoke is not None
    assert signed_in.post(revoke[1]).status_code == 303
    assert "revoked" in signed_in.get("/account").text
    assert signed_in.post("/account/tokens/none/revoke").status_code == 404


def test_a_program_with_a_token_reads_what_its_person_reads_and_does_nothing_else(
    signed_in: Client, visitor: Browser
) -> None:
    shown = signed_in.post("/account/tokens", {"label": "Nightly"}).text
    value = re.search(r"<code>(alignment_[\w-]+)</code>", shown)
    assert value is not None
    with_it = {"Authorization": f"Bearer {value[1]}"}
    assert visitor.get("/work", follow_redirects=False).status_code == 303
    read = visitor.get("/work", headers=with_it, follow_redirects=False)
    assert (read.status_code, read.headers["cache-control"]) == (200, "no-store")
    assert "Ada" in read.text
    assert "<td>never</td>" not in signed_in.get("/account").text
    for refused in (
        visitor.get("/account", headers=with_it, follow_redirects=False),
        visitor.post("/following", data={"subject": "metal:tin"}, headers=with_it, follow_redirects=False),
    ):
        assert refused.status_code == 403
        assert "A token reads pages and files of the working areas. For anything else, sign in." in refused.text
    wrong = visitor.get("/work", headers={"Authorization": "Bearer nothing"}, follow_redirects=False)
    assert wrong.status_code == 401
    assert "This token does not work" in wrong.text
    assert visitor.get("/", headers=with_it).status_code == 200


def test_own_sessions_are_listed_and_ended(signed_in: Client, app: Any, engine: Engine, ada: Someone) -> None:
    with client_for(app, engine, ada) as elsewhere:
        page = signed_in.get("/account").text
        assert page.count('<th scope="row">a test') == 2
        begins = re.search(r'name="begins" value="(\w{12})"', page)
        assert begins is not None
        assert signed_in.post("/account/sessions/end", {"begins": begins[1]}).status_code == 303
        assert elsewhere.get("/work").status_code == 303
        assert signed_in.get("/work").status_code == 200


def test_the_account_page_asks_eight_queries_at_most(signed_in: Client) -> None:
    with counted_queries() as queries:
        assert signed_in.get("/account").status_code == 200
    assert len(queries) <= 8, "\n".join(queries)


# --- declarations ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"programme": PROGRAMME}, "Say whether you have an interest"),
        ({"programme": "nowhere", "interest": "no"}, "no such programme"),
        ({"programme": "", "interest": "no"}, "Choose a programme."),
        ({"programme": PROGRAMME, "interest": "yes", "statement": ""}, "Say in a sentence"),
        ({"programme": PROGRAMME, "interest": "no", "statement": "x" * 4001}, "at most 4,000"),
    ],
)
def test_a_declaration_that_cannot_be_filed_keeps_what_was_typed(
    signed_in: Client, fields: dict[str, str], said: str
) -> None:
    answer = signed_in.post("/account/declarations", fields)
    assert answer.status_code == 422
    assert said in answer.text
    assert fields.get("statement", "") in answer.text


def test_a_declaration_is_filed_and_shown(signed_in: Client) -> None:
    assert "Nothing yet" in signed_in.get(f"/account/declarations?programme={PROGRAMME}").text
    fields = {"programme": PROGRAMME, "interest": "yes", "statement": "<script>alert(1)</script> shares"}
    assert signed_in.post("/account/declarations", fields).status_code == 303
    page = signed_in.get("/account/declarations").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; shares" in page
    assert "<script>alert" not in page


# --- invitations --------------------------------------------------------------------------------------------------


@pytest.fixture
def link(engine: Engine, ada: Someone) -> str:
    from alignment.domain.people import SYSTEM

    with unit_of_work(engine) as session:
        value = people.invite(
            session, actor=SYSTEM, email="nora@owner.example", name="Nora", organisation_id=OWNER,
            role=Role.SCHEME_OWNER, now=NOW,
        )  # fmt: skip
    return f"/account/invitation/{value}"


def test_an_invitation_is_taken_up_with_a_password_and_leads_to_the_sign_in_page(visitor: Browser, link: str) -> None:
    page = visitor.get(link)
    assert "nora@owner.example" in page.text
    assert page.headers["referrer-policy"] == "same-origin"
    fields = {"name": "Nora N.", "password": PASSWORD, "password_again": PASSWORD}
    done = visitor.post(link, data=fields, follow_redirects=False)
    assert done.status_code == 303
    assert "Your password is set" in visitor.get(done.headers["location"]).text
    signed = visitor.post(
        "/account/sign-in", data={"email": "nora@owner.example", "password": PASSWORD}, follow_redirects=False
    )
    assert signed.status_code == 303
    assert "Nora N." in visitor.get("/work").text
    assert visitor.get(link).status_code == 404
    assert visitor.post(link, data=fields).status_code == 404


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"password": "short", "password_again": "short"}, "at least 12"),
        ({"password": PASSWORD, "password_again": "other"}, "The two passwords differ"),
        ({"password": PASSWORD, "password_again": PASSWORD, "name": "x" * 121}, "at most 120"),
    ],
)
def test_an_invitation_says_what_is_wrong_and_works_afterwards(
    visitor: Browser, link: str, fields: dict[str, str], said: str
) -> None:
    answer = visitor.post(link, data=fields)
    assert answer.status_code == 422
    assert said in answer.text
    assert visitor.get(link).status_code == 200


def test_an_invitation_waits_while_the_machine_is_busy(visitor: Browser, link: str) -> None:
    held = [passwords._waiting.acquire(blocking=False) for _ in range(8)]
    try:
        answer = visitor.post(link, data={"password": PASSWORD, "password_again": PASSWORD})
    finally:
        for _ in held:
            passwords._waiting.release()
    assert answer.status_code == 503
    assert visitor.get(link).status_code == 200


def test_a_reset_account_chooses_a_new_password(visitor: Browser, engine: Engine, ada: Someone) -> None:
    from alignment.domain.people import SYSTEM

    with unit_of_work(engine) as session:
        value = people.reset(session, actor=SYSTEM, person_id=ada.id, now=NOW)
    assert sign_in(visitor).status_code == 422
    page = visitor.get(f"/account/invitation/{value}")
    assert "Choose a new password" in page.text
    new = "another five words altogether"
    visitor.post(f"/account/invitation/{value}", data={"password": new, "password_again": new})
    assert sign_in(visitor, new).status_code == 303


def test_a_link_that_never_was_is_no_invitation(visitor: Browser) -> None:
    page = visitor.get("/account/invitation/made-up")
    assert page.status_code == 404
    assert "This link does not work" in page.text


# --- where a try comes from ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "place"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
        (None, ""),
    ],
)
def test_tries_are_counted_by_address_and_by_network_where_addresses_are_plenty(host: str | None, place: str) -> None:
    from litestar import Request

    scope: Any = {"type": "http", "client": (host, 1) if host else None, "headers": []}
    assert place_of(Request(scope)) == place
