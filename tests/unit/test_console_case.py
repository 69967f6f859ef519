"""The case page: what it shows, what a look leaves on record, what a decision needs."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.unit.console_room import ACCOUNT, CONNECTION, Browser, Room, plain, png, room

from answerable.alerts.model import About
from answerable.cases.model import CaseStatus, DecisionKind
from answerable.events.cases import CaseDecided, DecisionProposed, EvidenceViewed
from answerable.events.event import Event
from answerable.kernel.ids import AdId, CaseId
from answerable.reports.document.files import revision_file, sha256
from answerable.reports.model import Status

pytestmark = pytest.mark.slow  # a whole house with its database for each test

NASTY = "<script>alert(1)</script>\"'&"
BODY = f"Ask for the bluelantern. {NASTY} \u202eabc\u202c \x00 end"


def events(r: Room, case: CaseId, kind: type[Event]) -> list[Any]:
    chain = r.house.store.read(lambda w: w.chain_of(r.house.site, r.case(case).subject))
    return [one.event for one in chain if isinstance(one.event, kind)]


def count(r: Room) -> int:
    from sqlalchemy import func, select

    from answerable.adapters.sql import core

    return int(
        r.house.store.read(
            lambda w: w.conn.execute(select(func.count()).select_from(core.event)).scalar_one()
        )
    )


def attachment(r: Room, content: bytes, media_type: str = "image/png") -> dict[str, Any]:
    stored = r.house.files.put(r.house.site, content, media_type)
    return {
        "sha256": stored.sha256,
        "media_type": media_type,
        "original_name": "drawn.png",
        "uploaded_at": None,
        "url": None,
    }


def found_case(r: Room, external_id: str = "bike-1", **more: Any) -> tuple[AdId, CaseId]:
    """An ad with a strong signal, and the case that it opened."""
    ad = r.ad(external_id, {"title": "Red bike", "body": BODY}, **more)
    return ad, r.case_of(ad).id


def post(b: Browser, case: CaseId, step: str, status: int = 303, **fields: Any) -> Any:
    return b.post(f"/console/cases/{case}/{step}", fields, status)


def test_the_page_shows_words_escaped_marked_and_nothing_unseen(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        ad, case = found_case(r)
        page = r.browser().get(f"/console/cases/{case}")
        start = BODY.index("bluelantern")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;&amp;" in page
    assert '<span class="unseen" title="RIGHT-TO-LEFT OVERRIDE">U+202E</span>abc' in page
    assert '<span class="unseen" title="NUL">U+0000</span>' in page
    assert "\u202e" not in page
    assert "\x00" not in page
    mark = re.search(r'<mark class="strong" data-n="1" title="([^"]+)">([^<]*)</mark>', page)
    assert mark is not None
    assert mark.groups() == ("bluelantern (withhold), plain", "bluelantern")
    assert f"rule bluelantern , written: plain, in body at {start}–{start + 11}" in plain(page)
    assert str(ad) in page


def test_revisions_stand_side_by_side_with_what_changed(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        _, case = found_case(r)
        r.revise("bike-1", {"title": "Red bike, cheap", "note": "new field"})
        r.revise("bike-1", {"title": "Red bike, cheap, now", "note": "new field"})
        page = r.browser().get(f"/console/cases/{case}")
    assert "Red bike, cheap<ins>, now</ins>" in page
    assert "Red bike<ins>, cheap</ins>" in page
    assert "Revision 0 beside revision 1 (3 fields changed)" in plain(page)
    assert "not in this revision" in page
    assert '<del><mark class="strong"' in page  # the removed sign is still marked
    assert len(re.findall("I have read the whole text of revision [012]", page)) == 3


def test_all_that_the_site_sent_is_on_the_page(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        payment = {"processor": "ExamplePay", "last4": "4242", "payer_name": "K Example"}
        more = {"account": ACCOUNT, "connections": (CONNECTION, {"ip": "198.51.100.3"})}
        _, case = found_case(r, payment=payment, section="bikes", place={"city": "X"}, **more)
        r.place("bike-1", "https://ads.example.com/bike-1")
        r.alert("bike-1", f"My sister. {NASTY}\u200b")
        page = plain(r.browser().get(f"/console/cases/{case}"))
    for told in (
        *("acc-1", "Kim Example", "kim@example.com", "verified 2026-03-01", "+12025550123"),
        *("192.0.2.7", "40123", "198.51.100.3", "not sent", "ExamplePay", "4242", "city: X"),
        *("https://ads.example.com/bike-1", "hidden by an alert", "suspects a minor", "family"),
        "My sister. <script>alert(1)</script>\"'&⟨U+200B⟩",
        *(
            "alert act",
            "own promise; DSA, Regulation (EU) 2022/2065, art. 6(1)(b)",
            "24 hours of an alert",
        ),
        "by alert, since",
    ):
        assert told in page, told


def test_a_picture_is_sent_only_after_the_look_is_on_record(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        file = attachment(r, png())
        _, case = found_case(r, attachments=(file,))
        ana, ben = r.browser("ana"), r.browser("ben")
        path = f"/console/cases/{case}/files/{file['sha256']}"
        page = ana.get(f"/console/cases/{case}")
        assert "Reveal the picture" in page
        assert path not in page
        ana.get(path, 404)
        answer = post(ana, case, "look", sha256=file["sha256"], whole="1")
        assert [(e.sha256, e.full) for e in events(r, case, EvidenceViewed)] == [
            (file["sha256"], True)
        ]
        shown = ana.get(answer.headers["location"].split("#")[0])
        assert f'<img class="shot" src="{path}"' in shown
        assert re.search(r'class="unblur" id="[^"]+" checked', shown)
        later = ana.get(f"/console/cases/{case}")
        assert re.search(r'class="unblur" id="[^"]+">', later)  # blurred again
        got = ana.client.get(path)
        assert got.content == png()
        assert got.headers["content-type"] == "image/png"
        assert got.headers["cache-control"] == "no-store"
        assert "sandbox" in got.headers["content-security-policy"]
        assert "Seen whole by Ana" in plain(ben.get(f"/console/cases/{case}"))
        ben.get(path, 404)  # his own look is not on record
        r.browser("dora").get(path, 403)


def test_what_is_no_picture_is_only_ever_a_download(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        page = attachment(r, b"<svg onload='x'></svg>", "image/svg+xml")
        _, case = found_case(r, attachments=(page,))
        ana = r.browser()
        assert "Open the file" in ana.get(f"/console/cases/{case}")
        post(ana, case, "look", sha256=page["sha256"], whole="0")
        assert [e.full for e in events(r, case, EvidenceViewed)] == [False]
        got = ana.client.get(f"/console/cases/{case}/files/{page['sha256']}")
        assert got.headers["content-type"] == "application/octet-stream"
        assert got.headers["content-disposition"].startswith("attachment")


def test_reading_the_words_whole_is_on_record_as_the_file_they_are_reported_as(
    tmp_path: Path,
) -> None:
    with room(tmp_path) as r:
        _, case = found_case(r)
        digest = sha256(revision_file({"title": "Red bike", "body": BODY}))
        ana = r.browser()
        page = ana.get(f"/console/cases/{case}")
        assert f'name="sha256" value="{digest}"' in page
        post(ana, case, "look", sha256=digest, whole="1")
        assert "you have read revision 0 whole" in plain(ana.get(f"/console/cases/{case}"))
        preview = plain(ana.get(f"/console/cases/{case}/preview"))
        assert "ad-01-revision-00.txt text/plain; charset=utf-8 Reported yes" in preview
        post(ana, case, "look", 404, sha256="0" * 64, whole="1")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "choose what you decide"),
        ({"kind": "nonsense"}, "choose what you decide"),
        ({"kind": "report"}, "name a fact that suggests a minor, or confirm that you have none"),
        ({"kind": "report", "basis": "other"}, "a basis of kind other is said in words"),
        ({"kind": "report", "words_alert": "typed"}, "you wrote a fact down and have not ticked"),
        ({"kind": "report", "basis": "alert", "no_basis": "1"}, "which is it?"),
        ({"kind": "report", "no_basis": "1", "urgent": "1"}, "urgent needs its concrete reason"),
        ({"kind": "report", "no_basis": "1", "urgent_reason": "now"}, "have not ticked urgent"),
        (
            {"kind": "report", "no_basis": "1", "age": "15", "origin": ""},
            "say who told us of the child",
        ),
        ({"kind": "report", "no_basis": "1", "age": "9" * 9}, "whole number"),
        ({"kind": "remove", "reason": " "}, "say why, in a line"),
        ({"kind": "warn", "reason": "x", "ads": ""}, "say which ads this decision covers"),
        ({"kind": "remove", "reason": "x", "ads": "another"}, "say which ads"),
        ({"kind": "remove", "reason": "x", "urgent": "1", "urgent_reason": "y"}, "belong to a rep"),
    ],
)
def test_what_is_refused_stands_beside_the_form_with_what_was_typed(
    tmp_path: Path, fields: dict[str, str], words: str
) -> None:
    with room(tmp_path) as r:
        ad, case = found_case(r)
        before = count(r)
        typed = {
            "ads": ad,
            "reason": f'{NASTY} <b>"typed"',
            "screen_name": "kite&co",
            "origin": "ad",
        }
        if fields.get("kind") != "report":
            typed |= {"screen_name": "", "origin": ""}
        typed |= fields
        answer = post(r.browser(), case, "decide", 422, **typed)
        page = answer.text
        assert words in plain(page)
        assert 'role="alert" id="refused"' in page
        assert f">{escaped(typed['reason'].strip())}</textarea>" in page
        assert f'name="screen_name" value="{escaped(typed["screen_name"])}"' in page
        if "words_alert" in fields:
            assert 'name="words_alert" value="typed"' in page
        for tick in ("no_basis", "urgent"):
            assert (f'name="{tick}" value="1" checked' in page) == (tick in fields)
        assert count(r) == before


def escaped(text: str) -> str:
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(sign, entity)
    return text.replace('"', "&#34;").replace("'", "&#39;")


def test_a_report_takes_one_person_and_says_everything(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        ad, case = found_case(r)
        answer = post(
            r.browser(),
            case,
            "decide",
            kind="report",
            ads=ad,
            reason="a stated age",
            basis=["stated_age", "other"],
            words_stated_age="fifteen",
            words_other="seen before",
            urgent="1",
            urgent_reason="meets tonight",
            age="15",
            first_name="Kit",
            origin="the ad says so",
        )
        assert answer.headers["location"] == f"/console/cases/{case}?said=decided"
        (made,) = events(r, case, CaseDecided)
        assert made.kind == "report"
        assert made.ads == [ad]
        assert made.basis == [
            {"kind": "stated_age", "words": "fifteen"},
            {"kind": "other", "words": "seen before"},
        ]
        assert (made.urgent, made.urgent_reason) == (True, "meets tonight")
        assert made.victim == {"age": 15, "first_name": "Kit", "origin": "the ad says so"}
        (duty,) = r.house.store.read(lambda w: w.reports.of_case(r.house.site, case))
        assert duty.status is Status.OWED
        page = plain(r.browser("ben").get(f"/console/cases/{case}"))
        assert "Report, by Ana" in page
        assert "every ad of it is decided to report" in page
        assert "Take this report back" not in page


def test_no_action_on_a_strong_signal_waits_for_a_second_person(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        ad, case = found_case(r)
        ana, ben = r.browser("ana"), r.browser("ben")
        answer = post(ana, case, "decide", kind="no_action", ads=ad, reason="a name of a paint")
        assert "said=proposed" in answer.headers["location"]
        (told,) = events(r, case, DecisionProposed)
        assert r.case(case).status is CaseStatus.WAITING_SECOND
        mine, his = ana.get(f"/console/cases/{case}"), ben.get(f"/console/cases/{case}")
        assert "Take the proposal back" in mine
        assert "Agree: no action" not in mine
        assert "Agree: no action" in his
        assert "a name of a paint" in his
        assert "for you, if you agree or not" in plain(ben.get("/console?show=second"))
        assert "for you, if you agree or not" not in plain(ana.get("/console?show=second"))
        own = post(ana, case, "second", 422, decision=told.decision, reason="I agree with me")
        assert "the second person is another person" in plain(own.text)
        assert "I agree with me</textarea>" in own.text
        stale = post(ben, case, "second", 409, decision="another", reason="yes")
        assert "another proposal waits now" in plain(stale.text)
        post(ben, case, "second", decision=told.decision, reason="I looked it up too")
        (made,) = r.case(case).decisions
        assert made.kind is DecisionKind.NO_ACTION
        assert made.reviewer != made.second
        assert "No action, by Ana and Ben" in plain(ana.get(f"/console/cases/{case}"))


def test_a_second_person_can_say_no(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        ad, case = found_case(r)
        post(r.browser("ana"), case, "decide", kind="no_action", ads=ad, reason="nothing")
        (told,) = events(r, case, DecisionProposed)
        ben = r.browser("ben")
        empty = post(ben, case, "contradict", 422, decision=told.decision, reason="")
        assert "say why, in a line" in plain(empty.text)
        post(ben, case, "contradict", decision=told.decision, reason="look at the number")
        assert r.case(case).status is CaseStatus.OPEN
        assert "said no to the proposal look at the number" in plain(
            ben.get(f"/console/cases/{case}")
        )


def test_only_the_same_reviewer_takes_a_report_back(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        ad, case = found_case(r)
        ana, ben = r.browser("ana"), r.browser("ben")
        post(ana, case, "decide", kind="report", ads=ad, no_basis="1")
        made = r.case(case).decisions[-1].id
        assert "Take this report back" in ana.get(f"/console/cases/{case}")
        no = post(ben, case, "undo", 422, decision=made, reason="I would not")
        assert "only the same reviewer undoes a report" in plain(no.text)
        post(ana, case, "undo", decision=made, reason="the wrong ad")
        assert r.case(case).status is CaseStatus.OPEN
        assert "withdrawn" in plain(ana.get(f"/console/cases/{case}"))


def test_a_preview_writes_nothing_and_shows_what_would_be_filed(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        ad, case = found_case(r, account=ACCOUNT, connections=(CONNECTION,))
        ana, before = r.browser(), count(r)
        fields = {"kind": "report", "ads": ad, "basis": "alert", "reason": "typed <reason>"}
        page = post(ana, case, "preview", 200, **fields).text
        told = plain(page)
        assert "Child Sex Trafficking" in told
        assert "Reviewer's reason: typed <reason>" in told
        assert "192.0.2.7" in told
        assert "breaks no documented limit" in told
        assert ">typed &lt;reason&gt;</textarea>" in page
        assert 'value="report" data-key="r" checked' in page
        bare = ana.get(f"/console/cases/{case}/preview")
        assert "reports on suspicion" in plain(bare)
        assert 'value="report" data-key="r" checked' not in bare  # supposed, never prefilled
        assert 'name="no_basis" value="1" checked' not in bare
        other = post(ana, case, "preview", 200, kind="remove", ads=ad, reason="x").text
        assert "Only a report has a preview" in plain(other)
        post(ana, case, "preview", 422, kind="report", ads=ad)
        assert count(r) == before
        assert r.case(case).decisions == ()


def test_the_first_button_of_the_form_decides_nothing(tmp_path: Path) -> None:
    """Enter in a field presses the first button: that one is the preview."""
    with room(tmp_path) as r:
        _, case = found_case(r)
        page = r.browser().get(f"/console/cases/{case}")
    form = page[page.index('class="decision"') :]
    first = re.search(r"<button(?! type=\"button\")[^>]*>", form)
    assert first is not None
    assert f'formaction="/console/cases/{case}/preview"' in first[0]


def test_linked_ads_enter_a_report_by_a_tick_and_no_other_decision(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        ad, case = found_case(r, account=ACCOUNT)
        other = r.ad("flat-2", {"title": "Flat", "body": "quiet"}, account=ACCOUNT)
        ana = r.browser()
        page = ana.get(f"/console/cases/{case}")
        assert re.search(rf'name="linked" value="{other}" data-strong>', page)
        assert "strong: same email, phone, account" in plain(page)
        post(ana, case, "decide", kind="warn", ads=ad, linked=other, reason="only this one")
        assert [d.ads for d in r.case(case).decisions] == [(ad,)]
        odd = post(ana, case, "decide", 422, kind="report", ads=ad, linked="none", no_basis="1")
        assert "not linked any more" in plain(odd.text)
        post(ana, case, "decide", kind="report", ads=ad, linked=other, no_basis="1")
        made = events(r, case, CaseDecided)[-1]
        assert made.ads == [ad, other]
        assert made.linked == [{"ad": other, "reason": "same email, phone, account"}]
        assert "@" not in str(made.linked)  # kinds alone: contacts do not stand in links


def test_an_alert_that_names_no_ad_of_ours_is_a_case_too(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        r.alert(None, "This number again", about=About(contacts=("202-555-0111",)))
        (case,) = r.cases()
        ana = r.browser()
        page = plain(ana.get(f"/console/cases/{case.id}"))
        assert "an alert without an ad of ours" in page
        assert "contacts: 202-555-0111" in page
        post(ana, case.id, "decide", kind="no_action", reason="no ad has this number")
        assert r.case(case.id).status is CaseStatus.WAITING_SECOND


def test_an_ad_is_added_by_hand_and_can_then_be_decided_on(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        ad = r.ad("flat-2", {"title": "Flat"}, url="https://ads.example.com/flat-2")
        r.alert(None, "This number again", about=About(contacts=("202-555-0111",)))
        (case,) = r.cases()
        ana = r.browser()
        no = post(ana, case.id, "add", 422, ad="flat-3")
        assert "no ad of ours has this id or address" in plain(no.text)
        post(ana, case.id, "add", ad="https://ads.example.com/flat-2")
        assert "already" in plain(post(ana, case.id, "add", 409, ad="flat-2").text)
        post(ana, case.id, "decide", kind="report", ads=ad, no_basis="1")
        assert r.case(case.id).status is CaseStatus.DECIDED


def test_a_case_is_taken_in_hand_by_one_and_barred_to_nobody(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        ad, case = found_case(r)
        ana, ben = r.browser("ana"), r.browser("ben")
        post(ana, case, "claim")
        assert "In the hand of Ana" in plain(ben.get(f"/console/cases/{case}"))
        refused = post(ben, case, "claim", 409)
        assert "somebody else has this case in hand" in plain(refused.text)
        post(ben, case, "decide", kind="remove", ads=ad, reason="clear enough")
        r.time.pass_(60 * 60_000)
        assert "In nobody’s hand" in plain(ben.get(f"/console/cases/{case}"))


def test_a_report_that_needs_a_person_goes_on_when_a_senior_says_what_was_done(
    tmp_path: Path,
) -> None:
    with room(tmp_path) as r:
        ad, case = found_case(r)
        ana, cleo = r.browser("ana"), r.browser("cleo")
        post(ana, case, "decide", kind="report", ads=ad, no_basis="1")
        (duty,) = r.house.store.read(lambda w: w.reports.of_case(r.house.site, case))
        stop_for_person(r, duty.id)
        assert "A senior reviewer can let it go on" in plain(ana.get(f"/console/cases/{case}"))
        ana.post(f"/console/reports/{duty.id}/resume", {"what": "asked"}, 403)
        assert "the far side says 9999" in plain(cleo.get("/console/reports"))
        cleo.post(f"/console/reports/{duty.id}/resume", {"what": " "}, 422)
        answer = cleo.post(f"/console/reports/{duty.id}/resume", {"what": "called NCMEC"})
        assert answer.headers["location"] == f"/console/cases/{case}?said=resumed#reports"
        (duty,) = r.house.store.read(lambda w: w.reports.of_case(r.house.site, case))
        assert duty.status is Status.OWED


def stop_for_person(r: Room, report: Any) -> None:
    from dataclasses import replace

    def fn(work: Any) -> None:
        duty = work.reports.get(r.house.site, report)
        work.reports.put(replace(duty, status=Status.NEEDS_PERSON, why="the far side says 9999"))

    r.house.store.run(fn)


def test_an_auditor_reads_and_has_no_button(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        file = attachment(r, png())
        _, case = found_case(r, attachments=(file,))
        page = r.browser("dora").get(f"/console/cases/{case}")
    buttons: Callable[[str], list[str]] = lambda html: re.findall(r"<button[^>]*>([^<]+)<", html)  # noqa: E731
    assert set(buttons(page)) == {"Keys", "Log out", "Keys off in this tab", "Close"}


def test_erased_words_are_said_to_be_erased(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        ad, case = found_case(r, account=ACCOUNT)

        def erase(work: Any) -> None:
            subjects = work.preservation.subjects_of(r.house.site, ad)
            groups = frozenset({"ad_text", "images", "poster_pii", "connections"})
            work.preservation.erase_groups(r.house.site, subjects, groups)

        r.house.store.run(erase)
        page = plain(r.browser().get(f"/console/cases/{case}"))
        assert "The words of this ad are erased" in page
        assert "bluelantern. <script>" not in page
        assert "erased or empty" in plain(r.browser().get("/console/ads"))
        r.browser().get(f"/console/ads/{ad}")
