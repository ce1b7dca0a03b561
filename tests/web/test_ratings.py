"""The sheet over HTTP: as page, as fragment, as plain form; clashes, faults, refusals, what is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from alignment.database import unit_of_work
from alignment.domain.assessment import PartStage
from alignment.domain.catalogue import Part
from alignment.services import teams
from alignment.tables import BlindRating, Presence, Rating, RatingVersion
from tests.conftest import NOW
from tests.rounds import advance, codes, save
from tests.web.shop import Shop, counted_for_page, open_shop
from tests.working import app_for

PART, CODE = Part.GOVERNANCE, "GV-LE-1"
FULL = {"level": "fully", "rationale": "It is one.", "cites_standard": "Clause 2", "cites_guidance": "Step 1"}


@pytest.fixture(scope="module")
def shop(sqlite_empty: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    yield from open_shop(sqlite_empty, tmp_path_factory)


def stored(shop: Shop, round_id: str, code: str = CODE, part: Part = PART) -> Rating | None:
    with unit_of_work(shop.engine) as session:
        found = session.get(Rating, (round_id, part.value, code))
        if found is not None:
            session.expunge(found)
        return found


def versions(shop: Shop, round_id: str) -> int:
    with unit_of_work(shop.engine) as session:
        return len(session.exec(select(RatingVersion).where(col(RatingVersion.assessment_id) == round_id)).all())


def hidden(text: str, code: str) -> dict[str, str]:
    """The hidden fields of a criterion's form or merge form, as a browser would send them back."""
    section = text[text.index(f'id="rating-{code}"') :].split("</section>")[0]
    return dict(re.findall(rf'<input type="hidden" name="{code}\.([^"]+)" value="([^"]*)">', section))


# --- reading -----------------------------------------------------------------------------------------


def test_the_sheet_shows_every_criterion_of_the_part_with_its_form(shop: Shop) -> None:
    round_id = shop.round()
    answer = shop.client("lead").get(f"/rounds/{round_id}/governance")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "noindex" in answer.text
    assert [code for code in codes(PART) if f'id="rating-{code}"' not in answer.text] == []
    assert answer.text.count('<div class="rate"') == len(codes(PART))
    assert "0 of 18" in answer.text


def test_the_sheet_takes_at_most_six_queries_however_much_is_rated(shop: Shop) -> None:
    first = shop.round(at=PartStage.CLOSED)
    round_id = shop.round(follows=first)
    with counted_for_page() as queries:
        shop.client("lead").get(f"/rounds/{round_id}/governance")
    assert len(queries) <= 6


def test_a_save_reads_its_round_once_and_takes_seven_queries(shop: Shop) -> None:
    round_id = shop.round()
    with counted_for_page() as queries:
        shop.client("lead").fragment(f"/rounds/{round_id}/governance/{CODE}", {"version": "0", **FULL})
    assert len(queries) <= 7
    assert sum("JOIN round_team" in each for each in queries) == 1


def test_who_may_not_see_the_work_is_told_why_and_nobody_signed_in_is_sent_to_sign_in(shop: Shop) -> None:
    round_id = shop.round()
    for name in ("owner", "observer", "other assessor", "decider", "administrator", "producer", "no role"):
        answer = shop.client(name).get(f"/rounds/{round_id}/governance")
        assert answer.status_code == 403, name
        assert "You cannot see the work on" in answer.text
        assert "Legal entity" not in answer.text
    answer = shop.client("").get(f"/rounds/{round_id}/governance")
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/account/sign-in")


def test_others_of_the_house_and_invited_observers_read_without_a_form(shop: Shop) -> None:
    round_id = shop.round()
    with unit_of_work(shop.engine) as session:
        invited = {"assessment": round_id, "person": shop.world.observer.id}
        teams.invite_observer(session, actor=shop.world.lead, **invited, now=NOW)
    for name in ("reviewer", "observer"):
        answer = shop.client(name).get(f"/rounds/{round_id}/governance")
        assert answer.status_code == 200
        assert '<div class="rate"' not in answer.text
        assert "You cannot rate a criterion" in answer.text


@pytest.mark.parametrize(
    "path",
    ["/rounds/nothing/governance", "/rounds/{}/nothing", "/rounds/{}/governance/OP-01", "/rounds/{}/governance/x"],
)
def test_what_is_not_there_is_a_page_that_says_so(shop: Shop, path: str) -> None:
    round_id = shop.round()
    assert shop.client("lead").get(path.format(round_id)).status_code == 404
    assert shop.client("lead").post(path.format(round_id), FULL).status_code in (404, 405)


def test_a_single_criterion_leads_to_its_place_and_is_a_fragment_for_an_open_page(shop: Shop) -> None:
    round_id = shop.round()
    address = f"/rounds/{round_id}/governance/{CODE}"
    plain = shop.client("lead").get(address)
    assert (plain.status_code, plain.headers["location"]) == (303, f"/rounds/{round_id}/governance#rating-{CODE}")
    part = shop.client("lead").get(address, headers={"HX-Request": "true"})
    assert part.text.count("<section") == 1
    assert "<html" not in part.text


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("show=missing", 16), ("show=below", 1), ("show=unsupported", 1), ("group=GV-AS", 3), ("group=D", 18),
        ("q=legal", 1), ("q=no%20such%20word", 0), ("show=below&group=GV-AS", 0), ("show=returned", 0),
    ],
)  # fmt: skip
def test_the_sheet_is_filtered_in_its_address(shop: Shop, query: str, shown: int) -> None:
    round_id = shop.round()
    with unit_of_work(shop.engine) as session:
        save(session, shop.world.lead, round_id, PART, CODE, level="partially", rationale="r")
        save(session, shop.world.lead, round_id, PART, "GV-AS-1", **FULL)
    answer = shop.client("lead").get(f"/rounds/{round_id}/governance?{query}")
    assert answer.text.count('<section class="crit') == shown
    assert ("No criterion fits" in answer.text) is (not shown)


@pytest.mark.parametrize("query", ["show=everything", "as_at=yesterday"])
def test_a_parameter_that_means_nothing_is_refused_with_a_sentence(shop: Shop, query: str) -> None:
    assert shop.client("lead").get(f"/rounds/{shop.round()}/governance?{query}").status_code == 400


def test_the_sheet_is_shown_as_it_was_at_a_moment(shop: Shop) -> None:
    round_id = shop.round()
    with unit_of_work(shop.engine) as session:
        save(session, shop.world.lead, round_id, PART, CODE, level="not", rationale="The first words.")
    later = NOW.replace(hour=12)
    with unit_of_work(shop.engine) as session:
        save(session, shop.world.lead, round_id, PART, CODE, 1, level="fully", rationale="The later words.", now=later)
    page = f"/rounds/{round_id}/governance"
    lead = replace(shop.client("lead"), app=app_for(str(shop.engine.url), now=NOW.replace(hour=13)))
    then = lead.get(f"{page}?as_at=2026-11-21T10:00:00Z").text
    assert "The first words." in then
    assert "The later words." not in then
    assert '<div class="rate"' not in then
    ahead = lead.get(f"{page}?as_at=2026-11-22").text
    assert "The later words." in ahead
    assert "still to come: this is the sheet as it is now" in ahead
    assert "as it was on" not in ahead
    before = lead.get(f"{page}?as_at=2026-11-20").text
    assert "The round was not open then: it was opened on" in before
    assert [each for each in ('class="crit', "rated</", 'id="show"') if each in before] == []
    with unit_of_work(shop.engine) as session:
        for code in set(codes(PART)) - {CODE}:
            save(session, shop.world.lead, round_id, PART, code, level="fully", rationale="Why.", now=later)
        advance(session, shop.world.lead, round_id, PART, PartStage.RATING, PartStage.REVIEW, now=later)
    after = lead.get(f"{page}?as_at=2026-11-22").text
    heads = [re.findall("<h1.*?</h1>", each)[0] for each in (before, then, after)]
    stages = (" · Not opened yet · ", f" · {PartStage.RATING.label} · ", f" · {PartStage.REVIEW.label} · ")
    assert [stage in head for stage, head in zip(stages, heads, strict=True)] == [True] * 3


# --- saving ------------------------------------------------------------------------------------------


def test_a_plain_form_is_saved_and_leads_back_to_its_place(shop: Shop) -> None:
    round_id = shop.round()
    answer = shop.client("lead").post(f"/rounds/{round_id}/governance/{CODE}", {"version": "0", **FULL})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/rounds/{round_id}/governance#rating-{CODE}")
    row = stored(shop, round_id)
    assert row is not None
    assert (row.level, row.rationale, row.version) == ("fully", "It is one.", 1)


def test_a_fragment_is_answered_with_its_section_and_the_progress_out_of_band(shop: Shop) -> None:
    round_id = shop.round()
    answer = shop.client("lead").fragment(f"/rounds/{round_id}/governance/{CODE}", {"version": "0", **FULL})
    assert answer.status_code == 200
    assert answer.text.count("<section") == 1
    assert 'id="progress"' in answer.text
    assert 'hx-swap-oob="true"' in answer.text
    assert "1 of 18" in answer.text
    assert "Saved</span> by Lead" in answer.text
    assert hidden(answer.text, CODE) == {"version": "1"}


def test_line_ends_of_a_browser_are_ours_and_text_is_shown_as_text(shop: Shop) -> None:
    round_id = shop.round()
    said = {**FULL, "rationale": "One.\r\n\r\n<script>alert(1)</script> [x](javascript:alert(1))", "version": "0"}
    shop.client("lead").post(f"/rounds/{round_id}/governance/{CODE}", said)
    row = stored(shop, round_id)
    assert row is not None
    assert row.rationale.startswith("One.\n\n<script>")
    for name in ("lead", "reviewer"):
        page = shop.client(name).get(f"/rounds/{round_id}/governance").text
        assert "<script>alert" not in page
        assert 'href="javascript' not in page


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"level": "not_applicable", "rationale": ""}, "Say why the criterion does not apply"),
        ({"level": "superb"}, "is no level of alignment"),
        ({"rationale": "x" * 20_001}, "This text has 20,001 characters"),
        ({"cites_guidance": "y" * 2_001}, "This text has 2,001 characters"),
    ],
)
def test_a_fault_comes_back_beside_its_field_with_what_was_typed(shop: Shop, said: dict[str, str], says: str) -> None:
    round_id = shop.round()
    fields = {"version": "0", **FULL, "cites_standard": "What I typed", **said}
    for send in (shop.client("lead").post, shop.client("lead").fragment):
        answer = send(f"/rounds/{round_id}/governance/{CODE}", fields)
        assert answer.status_code == 422
        assert says in answer.text
        assert "What I typed" in answer.text
    assert stored(shop, round_id) is None


def test_a_save_after_the_part_was_submitted_is_refused_and_the_text_kept(shop: Shop) -> None:
    round_id = shop.round(at=PartStage.REVIEW)
    fields = {"version": "1", **FULL, "rationale": "Too late, but here."}
    for send in (shop.client("lead").post, shop.client("lead").fragment):
        answer = send(f"/rounds/{round_id}/governance/{CODE}", fields)
        assert answer.status_code == 403
        assert "at the stage review" in answer.text
    row = stored(shop, round_id)
    assert row is not None
    assert row.rationale != "Too late, but here."


def test_a_form_without_the_secret_of_its_session_is_refused(shop: Shop) -> None:
    round_id = shop.round()
    answer = shop.client("lead").post(f"/rounds/{round_id}/governance/{CODE}", {**FULL, "version": "0", "csrf": "no"})
    assert answer.status_code == 403
    assert stored(shop, round_id) is None


@pytest.mark.parametrize(("act", "status"), [("save", 422), ("preview", 200)])
def test_a_sign_that_is_no_text_comes_back_beside_its_field_with_the_words_kept(
    shop: Shop, act: str, status: int
) -> None:
    round_id = shop.round()
    said = {**FULL, "cites_guidance": "Step\f 1", "version": "0", "act": act}
    for send in (shop.client("lead").fragment, shop.client("lead").post):
        answer = send(f"/rounds/{round_id}/governance/{CODE}", said)
        assert answer.status_code == status
        field = answer.text[answer.text.index(f'<label for="{CODE}-cites_guidance">Citation from the Guidance') :]
        assert f'id="{CODE}-cites_guidance-error" data-trouble>A control character (U+000C)' in field
        assert ">\nStep 1</textarea>" in field
        assert "It is one.</textarea>" in answer.text
    assert stored(shop, round_id) is None


def test_who_may_not_rate_is_refused(shop: Shop) -> None:
    round_id = shop.round()
    for name in ("reviewer", "owner", "decider", "observer"):
        answer = shop.client(name).fragment(f"/rounds/{round_id}/governance/{CODE}", {"version": "0", **FULL})
        assert answer.status_code == 403, name
    assert stored(shop, round_id) is None


@pytest.mark.parametrize(
    "said", [FULL, {"level": "best"}, {"act": "preview"}, {"act": "undo"}, {"act": "merge", "keep": "theirs"}]
)
def test_who_may_not_see_a_rating_is_not_shown_it_by_an_act_that_is_refused(shop: Shop, said: dict[str, str]) -> None:
    round_id = shop.round()
    address = f"/rounds/{round_id}/governance/{CODE}"
    kept = {**FULL, "version": "0", "rationale": "For the team alone."}
    assert shop.client("lead").fragment(address, kept).status_code == 200
    for send in (shop.client("decider").fragment, shop.client("decider").post):
        answer = send(address, {"version": "1", **said})
        assert answer.status_code == 403
        assert "For the team alone." not in answer.text


@pytest.mark.parametrize("said", [FULL, {"act": "preview"}, {"act": "undo"}, {"act": "merge", "keep": "theirs"}])
@pytest.mark.parametrize("path", ["governance/OP-1", "governance/OP-01", "everything/GV-LE-1"])
def test_an_act_on_what_is_not_judged_here_finds_nothing(shop: Shop, path: str, said: dict[str, str]) -> None:
    for round_id in (shop.round(), "no-such-round"):
        for send in (shop.client("lead").fragment, shop.client("lead").post):
            assert send(f"/rounds/{round_id}/{path}", {"version": "0", **said}).status_code == 404


def test_a_preview_shows_the_rationale_as_readers_will_see_it_and_stores_nothing(shop: Shop) -> None:
    round_id = shop.round()
    said = {"version": "0", **FULL, "rationale": "It is **one**.", "act": "preview"}
    for send in (shop.client("lead").post, shop.client("lead").fragment):
        answer = send(f"/rounds/{round_id}/governance/{CODE}", said)
        assert answer.status_code == 200
        assert "<strong>one</strong>" in answer.text
        assert "It is **one**." in answer.text
    assert stored(shop, round_id) is None


def test_a_heading_in_a_rationale_stands_below_the_one_of_its_criterion(shop: Shop) -> None:
    round_id = shop.round()
    said = {"version": "0", **FULL, "rationale": "# A great claim"}
    address = f"/rounds/{round_id}/governance/{CODE}"
    preview = shop.client("lead").post(address, {**said, "act": "preview"}).text
    shop.client("lead").post(address, said)
    for page in (preview, shop.client("reviewer").get(f"/rounds/{round_id}/governance").text):
        assert page.count("<h1") == 1
        assert "<h3>A great claim</h3>" in page


def test_undo_takes_the_last_save_back(shop: Shop) -> None:
    round_id = shop.round()
    address = f"/rounds/{round_id}/governance/{CODE}"
    shop.client("lead").post(address, {"version": "0", **FULL})
    shop.client("lead").post(address, {"version": "1", **FULL, "level": "not"})
    answer = shop.client("lead").fragment(address, {"version": "2", "act": "undo"})
    assert answer.status_code == 200
    assert "Taken back, as version 3." in answer.text
    assert shop.client("lead").post(address, {"version": "3", "act": "undo"}).status_code == 303
    refused = shop.client("second").fragment(address, {"version": "4", "act": "undo", "rationale": "Mine."})
    assert refused.status_code == 403
    assert "is not yours" in refused.text
    row = stored(shop, round_id)
    assert row is not None
    assert (row.level, row.version) == ("not", 4)


def test_undo_keeps_what_was_typed_and_not_saved_in_the_history(shop: Shop) -> None:
    round_id = shop.round()
    address = f"/rounds/{round_id}/governance/{CODE}"
    shop.client("lead").post(address, {"version": "0", **FULL})
    typed = {"version": "1", **FULL, "rationale": "Not saved by any button."}
    answer = shop.client("lead").fragment(address, {**typed, "act": "undo"})
    assert "Taken back, as version 3. What you had typed is version 2 in its history." in answer.text
    row = stored(shop, round_id)
    assert row is not None
    assert (row.rationale, row.version) == ("It is one.", 3)
    told = shop.client("lead").get(f"{address}/history").text
    assert "Not saved by any button." in re.sub("<del>.*?</del>|</?ins>", "", told)
    lacking = {"version": "3", "level": "not_applicable", "rationale": "", "cites_standard": "Typed", "act": "undo"}
    for send in (shop.client("lead").fragment, shop.client("lead").post):
        refused = send(address, lacking)
        assert refused.status_code == 422
        assert "Typed</textarea>" in refused.text
    assert versions(shop, round_id) == 3


# --- all criteria in one form ----------------------------------------------------------------------------


def rows(**said: dict[str, str]) -> dict[str, str]:
    """The form of the whole sheet, as a browser without scripts sends it: every criterion, some of them changed."""
    empty = {"version": "0", "rationale": "", "cites_standard": "", "cites_guidance": ""}
    said = {name.replace("_", "-"): fields for name, fields in said.items()}
    return {f"{code}.{name}": value for code in codes(PART) for name, value in (empty | said.get(code, {})).items()}


def test_saving_one_criterion_saves_all_that_was_typed_on_the_sheet_and_nothing_else(shop: Shop) -> None:
    round_id = shop.round()
    said = rows(GV_LE_1=FULL, GV_AS_1={**FULL, "rationale": "Typed in another."})
    answer = shop.client("lead").post(f"/rounds/{round_id}/governance/{CODE}", {**said, "act": "save"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/rounds/{round_id}/governance#rating-{CODE}")
    assert [(row.rationale, row.version) for code in (CODE, "GV-AS-1") if (row := stored(shop, round_id, code))] == [
        ("It is one.", 1), ("Typed in another.", 1),
    ]  # fmt: skip
    assert versions(shop, round_id) == 2
    enter = shop.client("lead").post(f"/rounds/{round_id}/governance", rows(GV_AS_2={"level": "not"}))
    assert (enter.status_code, enter.headers["location"]) == (303, f"/rounds/{round_id}/governance")
    assert versions(shop, round_id) == 3


def test_what_nobody_changed_is_not_confirmed_by_saving_another(shop: Shop) -> None:
    first = shop.round(at=PartStage.CLOSED)
    round_id = shop.round(follows=first)
    page = shop.client("lead").get(f"/rounds/{round_id}/governance").text
    carried = stored(shop, round_id, "GV-AS-1")
    assert carried is not None
    assert carried.to_confirm
    as_it_is = {"version": str(carried.version), "level": carried.level or "", "rationale": carried.rationale}
    as_it_is |= {"cites_standard": carried.cites_standard, "cites_guidance": carried.cites_guidance}
    assert hidden(page, "GV-AS-1") == {"version": as_it_is["version"]}
    said = {f"GV-AS-1.{name}": value for name, value in as_it_is.items()}
    said |= {f"{CODE}.{name}": value for name, value in {**FULL, "version": "1"}.items()}
    assert shop.client("lead").post(f"/rounds/{round_id}/governance/{CODE}", said).status_code == 303
    after = stored(shop, round_id, "GV-AS-1")
    assert after is not None
    assert (after.to_confirm, after.version) == (True, carried.version)


def test_what_cannot_be_saved_is_named_at_the_top_and_the_rest_is_saved(shop: Shop) -> None:
    round_id = shop.round()
    lacking, text = {"level": "not_applicable"}, {"rationale": "Kept."}
    for act, path in (("save", f"/{CODE}"), ("undo", f"/{CODE}"), ("", "")):
        answer = shop.client("lead").post(
            f"/rounds/{round_id}/governance{path}", {**rows(GV_AS_1=lacking, GV_AS_2=text), "act": act}
        )
        assert answer.status_code in (422, 403)
        assert "<title>Error: " in answer.text
        summary = answer.text.partition('class="errors"')[2].partition("</ul>")[0]
        assert '<a href="#rating-GV-AS-1">GV-AS-1: Say why the criterion does not apply' in summary
        kept = stored(shop, round_id, "GV-AS-2")
        assert kept is not None
        assert (kept.rationale, kept.version) == ("Kept.", 1)


def test_a_preview_of_one_keeps_what_was_typed_in_others_and_stores_none_of_it(shop: Shop) -> None:
    round_id = shop.round()
    said = rows(GV_LE_1=FULL, GV_AS_1={"rationale": "Typed in another."})
    answer = shop.client("lead").post(f"/rounds/{round_id}/governance/{CODE}", {**said, "act": "preview"})
    assert answer.status_code == 200
    assert ">\nTyped in another.</textarea>" in answer.text
    assert f'<a href="#rating-{CODE}">Preview of {CODE}</a>' in answer.text
    assert "Error:" not in answer.text
    assert versions(shop, round_id) == 0


def test_a_choice_after_a_clash_waits_while_another_criterion_is_saved(shop: Shop) -> None:
    round_id = shop.round()
    sent = hidden(clash(shop, round_id).text, CODE) | {"third-rationale": "Half a third"}
    said = {f"{CODE}.{name}": value for name, value in sent.items()}
    said |= {f"GV-AS-1.{name}": value for name, value in {**FULL, "version": "0"}.items()}
    answer = shop.client("lead").post(f"/rounds/{round_id}/governance/GV-AS-1", said)
    assert answer.status_code == 409
    assert "Half a third" in answer.text
    assert hidden(answer.text, CODE)["yours-rationale"] == "Mine now."
    assert stored(shop, round_id, "GV-AS-1") is not None


def test_a_sign_that_is_no_text_in_one_criterion_stands_in_the_way_of_no_other(shop: Shop) -> None:
    round_id = shop.round()
    said = rows(GV_LE_1=FULL, GV_AS_1={"rationale": "Bro\fken."})
    answer = shop.client("lead").post(f"/rounds/{round_id}/governance/{CODE}", said)
    assert answer.status_code == 422
    assert "A control character (U+000C)" in answer.text
    assert stored(shop, round_id) is not None
    assert stored(shop, round_id, "GV-AS-1") is None


# --- two at once ---------------------------------------------------------------------------------------


def clash(shop: Shop, round_id: str, **mine: str) -> Any:
    """The lead saves, the second changes it, and the lead saves from the old version."""
    address = f"/rounds/{round_id}/governance/{CODE}"
    shop.client("lead").post(address, {"version": "0", **FULL})
    shop.client("second").post(address, {"version": "1", **FULL, "rationale": "Theirs now."})
    return shop.client("lead").fragment(address, {"version": "1", **FULL, "rationale": "Mine now.", **mine})


def test_a_clash_shows_both_texts_field_by_field_and_stores_neither_over_the_other(shop: Shop) -> None:
    round_id = shop.round()
    answer = clash(shop, round_id, level="partially")
    assert answer.status_code == 409
    assert "Second saved GV-LE-1 while you were writing" in answer.text
    assert "<del>Theirs</del>" in answer.text
    assert "<ins>Mine</ins>" in answer.text
    sent = hidden(answer.text, CODE)
    assert (sent["theirs-rationale"], sent["yours-rationale"]) == ("Theirs now.", "Mine now.")
    assert versions(shop, round_id) == 2
    row = stored(shop, round_id)
    assert row is not None
    assert row.rationale == "Theirs now."


def test_without_scripts_a_clash_is_the_whole_sheet_with_the_choice_in_its_place(shop: Shop) -> None:
    round_id = shop.round()
    clash(shop, round_id)
    address = f"/rounds/{round_id}/governance/{CODE}"
    answer = shop.client("lead").post(address, {"version": "1", **FULL, "rationale": "Mine again."})
    assert answer.status_code == 409
    assert "<html" in answer.text
    assert "Mine again." in answer.text
    assert answer.text.count('<div class="rate"') == 17


@pytest.mark.parametrize(
    ("pick", "kept"),
    [
        ({"pick-rationale": "theirs"}, "Theirs now."),
        ({"pick-rationale": "yours"}, "Mine now."),
        ({"pick-rationale": "third", "third-rationale": "Theirs and mine."}, "Theirs and mine."),
    ],
)
def test_the_choice_is_saved_as_the_next_version(shop: Shop, pick: dict[str, str], kept: str) -> None:
    round_id = shop.round()
    sent = hidden(clash(shop, round_id).text, CODE)
    answer = shop.client("lead").fragment(f"/rounds/{round_id}/governance/{CODE}", {**sent, **pick})
    assert answer.status_code == 200
    row = stored(shop, round_id)
    assert row is not None
    assert (row.rationale, row.version) == (kept, 3 if kept != "Theirs now." else 2)


def test_a_choice_left_open_is_asked_for_again_and_nothing_is_lost(shop: Shop) -> None:
    round_id = shop.round()
    sent = hidden(clash(shop, round_id).text, CODE)
    address = f"/rounds/{round_id}/governance/{CODE}"
    answer = shop.client("lead").fragment(address, {**sent, "third-rationale": "Half a third"})
    assert answer.status_code == 422
    assert "Choose one of the two, or another." in answer.text
    assert "Half a third" in answer.text
    assert hidden(answer.text, CODE)["yours-rationale"] == "Mine now."
    assert versions(shop, round_id) == 2


def test_a_merge_tells_what_is_left_open_with_what_is_wrong_in_the_rest(shop: Shop) -> None:
    round_id = shop.round()
    sent = hidden(clash(shop, round_id, level="not").text, CODE)
    said = {**sent, "pick-rationale": "third", "third-rationale": "x" * 20_001, "third-level": ""}
    answer = shop.client("lead").fragment(f"/rounds/{round_id}/governance/{CODE}", said)
    assert answer.status_code == 422
    for fault in ("Choose one of the two, or another.", "This text has 20,001 characters"):
        assert fault in answer.text


def test_a_merge_that_would_lack_its_reason_is_refused(shop: Shop) -> None:
    round_id = shop.round()
    sent = hidden(clash(shop, round_id, level="not").text, CODE)
    said = {
        **sent,
        "pick-rationale": "third",
        "third-rationale": "",
        "pick-level": "third",
        "third-level": "not_applicable",
    }
    answer = shop.client("lead").fragment(f"/rounds/{round_id}/governance/{CODE}", said)
    assert answer.status_code == 422
    assert "Say why the criterion does not apply" in answer.text


def test_theirs_can_be_kept_as_it_is(shop: Shop) -> None:
    round_id = shop.round()
    sent = hidden(clash(shop, round_id).text, CODE)
    answer = shop.client("lead").fragment(f"/rounds/{round_id}/governance/{CODE}", {**sent, "keep": "theirs"})
    assert answer.status_code == 200
    assert "Theirs now." in answer.text
    assert versions(shop, round_id) == 2
    history = shop.client("lead").get(f"/rounds/{round_id}/governance/{CODE}/history").text
    assert "Mine now." in history


def test_a_merge_that_meets_yet_another_save_is_a_clash_again(shop: Shop) -> None:
    round_id = shop.round()
    sent = hidden(clash(shop, round_id).text, CODE)
    address = f"/rounds/{round_id}/governance/{CODE}"
    shop.client("second").post(address, {"version": "2", **FULL, "rationale": "Theirs once more."})
    answer = shop.client("lead").fragment(address, {**sent, "pick-rationale": "yours"})
    assert answer.status_code == 409
    assert hidden(answer.text, CODE)["theirs-rationale"] == "Theirs once more."


# --- several at once -----------------------------------------------------------------------------------


def test_several_criteria_get_a_level_and_go_back_again(shop: Shop) -> None:
    round_id = shop.round()
    one, two, three = codes(PART)[:3]
    page = f"/rounds/{round_id}/governance"
    client = shop.client("lead")
    said = {"picked": [f"{one}:0", f"{two}:0", f"{three}:9"], "level": "fully", "act": "set"}
    answer = client.post(f"{page}/bulk", said)
    assert answer.status_code == 303
    text = client.get(answer.headers["location"]).text
    assert "2 criteria were saved." in text
    assert f'<a href="#rating-{three}">{three}</a> was changed meanwhile' in text
    picked = re.findall(r'name="picked" value="([^"]+)">', text[text.index("were saved") : text.index("Undo these")])
    assert picked == [f"{one}:1", f"{two}:1"]
    assert client.post(f"{page}/bulk", {"picked": picked, "act": "undo"}).status_code == 303
    row = stored(shop, round_id, one)
    assert row is not None
    assert (row.level, row.version) == (None, 2)


def test_carried_ratings_are_confirmed_together_as_they_are_and_that_is_taken_back(shop: Shop) -> None:
    first = shop.round(at=PartStage.CLOSED)
    round_id = shop.round(follows=first)
    one, two, three = codes(PART)[:3]
    page, client = f"/rounds/{round_id}/governance", shop.client("lead")
    assert "Confirm those selected, as they are" in client.get(page).text
    client.post(f"{page}/{three}", {"version": "1", **FULL, "rationale": "Rated anew."})
    before = {code: stored(shop, round_id, code) for code in (one, two)}
    answer = client.post(f"{page}/bulk", {"picked": [f"{one}:1", f"{two}:7", f"{three}:2"], "act": "confirm"})
    assert answer.status_code == 303
    text = client.get(answer.headers["location"]).text
    assert "1 criterion was saved." in text
    assert f'<a href="#rating-{two}">{two}</a> was changed meanwhile' in text
    assert f'<a href="#rating-{three}">{three}</a> has nothing to confirm' in text
    after, was = stored(shop, round_id, one), before[one]
    assert after is not None
    assert was is not None
    assert (after.to_confirm, after.version, after.carried_from) == (False, 2, first)
    assert (after.level, after.rationale) == (was.level, was.rationale)
    left = stored(shop, round_id, two)
    assert left is not None
    assert (left.to_confirm, left.version) == (True, 1)
    assert client.post(f"{page}/bulk", {"picked": [f"{one}:2"], "act": "undo"}).status_code == 303
    again = stored(shop, round_id, one)
    assert again is not None
    assert (again.to_confirm, again.version) == (True, 3)
    assert client.post(f"{page}/bulk", {"act": "confirm"}).status_code == 422


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"level": "fully", "act": "set"}, 422),
        ({"level": "superb", "picked": "GV-LE-1:0", "act": "set"}, 422),
        ({"level": "fully", "picked": "GV-XX-9:0", "act": "set"}, 404),
        ({"level": "fully", "picked": "<script>", "act": "set"}, 422),
    ],
)
def test_a_choice_of_several_that_means_nothing_is_refused(shop: Shop, said: dict[str, str], status: int) -> None:
    round_id = shop.round()
    assert shop.client("lead").post(f"/rounds/{round_id}/governance/bulk", said).status_code == status
    assert versions(shop, round_id) == 0


def test_all_that_are_not_yet_rated_get_a_level_without_being_selected(shop: Shop) -> None:
    lead = shop.client("lead")
    sheet = f"/rounds/{shop.round()}/governance"
    lead.post(f"{sheet}/GV-LE-1", {"version": "0", "level": "not", "rationale": "There is none."})
    answer = lead.post(f"{sheet}/bulk", {"act": "set", "which": "unrated", "level": "fully"})
    assert answer.status_code == 303
    assert len(answer.headers["location"].split("%2C")) == 17
    assert "GV-LE-1" not in answer.headers["location"]
    again = lead.post(f"{sheet}/bulk", {"act": "set", "which": "unrated", "level": "fully"})
    assert again.status_code == 422
    assert shop.client("owner").post(f"{sheet}/bulk", {"which": "unrated", "level": "fully"}).status_code == 403


def test_an_address_that_claims_what_was_never_done_is_passed_over(shop: Shop) -> None:
    answer = shop.client("lead").get(f"/rounds/{shop.round()}/governance?done=<b>:x,&left=<i>:changed,OP:no")
    assert answer.status_code == 200
    assert "<b>" not in answer.text.partition('class="sheet"')[0].partition("<main")[2].replace("<b>0 of 18</b>", "")


# --- who is there, history -------------------------------------------------------------------------------


def test_who_else_is_on_the_sheet_is_told_with_the_versions_that_stand(shop: Shop) -> None:
    round_id = shop.round()
    page = f"/rounds/{round_id}/governance"
    alone = shop.client("lead").fragment(f"{page}/presence", {"at": CODE})
    assert "Nobody else was seen on this sheet in the last ten minutes." in alone.text
    shop.client("second").post(f"{page}/{CODE}", {"version": "0", **FULL})
    other = shop.client("second").fragment(f"{page}/presence", {"at": "nonsense"})
    assert f"Also here: Lead, at {CODE}." in other.text
    assert f'data-versions="{CODE}:1"' in other.text
    assert f"Also here: Lead, at {CODE}." in shop.client("second").get(page).text
    with unit_of_work(shop.engine) as session:
        rows = session.exec(select(Presence).where(col(Presence.assessment_id) == round_id)).all()
        assert {row.criterion for row in rows} == {CODE, ""}


def test_who_saves_without_a_script_is_seen_by_others_and_for_how_long_they_were_not_heard_of(shop: Shop) -> None:
    round_id = shop.round()
    page = f"/rounds/{round_id}/governance"
    shop.client("lead").post(f"{page}/{CODE}", {"version": "0", **FULL})
    assert f"Also here: Lead, at {CODE}." in shop.client("second").get(page).text
    shop.client("lead").post(f"{page}/bulk", {"picked": f"{codes(PART)[1]}:0", "level": "fully"})
    assert "Also here: Lead." in shop.client("second").get(page).text
    for minutes, said in ((1, "Lead, 1 minute ago."), (9, "Lead, 9 minutes ago."), (10, "Nobody else was seen")):
        with unit_of_work(shop.engine) as session:
            row = session.get_one(Presence, (round_id, PART.value, shop.world.lead.id))
            row.at = NOW - timedelta(minutes=minutes, seconds=1)
            session.add(row)
        assert said in shop.client("second").get(page).text


def test_the_history_tells_every_version_word_by_word_and_brings_one_back(shop: Shop) -> None:
    round_id = shop.round()
    address = f"/rounds/{round_id}/governance/{CODE}"
    client = shop.client("lead")
    assert "Nothing has happened here yet" in client.get(f"{address}/history").text
    client.post(address, {"version": "0", **FULL})
    client.post(address, {"version": "1", **FULL, "level": "partially", "rationale": "It is one of two."})
    text = client.get(f"{address}/history").text
    assert "<ins> of two</ins>" in text
    assert text.index("Version 2") < text.index("Version 1")
    assert client.post(f"{address}/history", {"version": "1", "to": "1"}).status_code == 409
    for to, said in (("", "No version is named"), ("two", "No version is named"), ("9", f"{CODE} has no version 9")):
        odd = client.post(f"{address}/history", {"version": "2", "to": to})
        assert (odd.status_code, f"{said}: choose one of those" in odd.text) == (422, True)
    assert client.post(f"{address}/history", {"version": "2", "to": "1"}).status_code == 303
    assert "brought back an earlier version" in client.get(f"{address}/history").text
    with counted_for_page() as queries:
        client.get(f"{address}/history")
    assert len(queries) <= 8
    assert shop.client("reviewer").get(f"{address}/history").status_code == 200
    assert shop.client("owner").get(f"{address}/history").status_code == 403


# --- blind -------------------------------------------------------------------------------------------------


def test_a_blind_sheet_shows_ones_own_ratings_and_never_the_others(shop: Shop) -> None:
    round_id = shop.round(blind=True)
    page = f"/rounds/{round_id}/governance"
    shop.client("lead").post(f"{page}/{CODE}", {"version": "0", **FULL, "rationale": "Of the lead alone."})
    shop.client("second").post(f"{page}/{CODE}", {"version": "0", **FULL, "rationale": "Of the second alone."})
    for name, other in (("lead", "Of the second alone."), ("second", "Of the lead alone.")):
        assert other not in shop.client(name).get(page).text
        assert other not in shop.client(name).get(f"{page}/{CODE}/history").text
        assert other not in shop.client(name).get(f"/rounds/{round_id}").text
    assert "Of the lead alone." in shop.client("lead").get(page).text
    seen = shop.client("reviewer").get(page).text
    assert "without seeing each other’s ratings" in seen
    assert "alone." not in seen
    with unit_of_work(shop.engine) as session:
        assert len(session.exec(select(BlindRating).where(col(BlindRating.assessment_id) == round_id)).all()) == 2
