"""Mistakes seen in real client code: the receiver answers each with its code, and ours can't."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from tests.contracts.client_mistakes import BEHAVIOUR_MISTAKES, DOCUMENT_MISTAKES
from tests.databases import SITE
from tests.faults.filing_world import World, make_world
from tests.faults.test_filing import PNG, file_all, received, the_one_report, with_picture
from tests.properties.report_strategies import CASES, FILE_DETAILS, REPORTS
from tests.unit.case_room import SAM
from tests.unit.receiver_samples import SUMMARY, Bench, bench, report
from tests.unit.report_cases import ESP, NOON, ad, ago, case, placed, revision

from answerable.adapters.clock import SystemIds, SystemTime
from answerable.adapters.cybertipline.client import TiplineClient
from answerable.adapters.sql.runner import Store
from answerable.apps.receiver import Fault as Trouble
from answerable.apps.receiver import FaultKind
from answerable.apps.receiver.serve import started_receiver
from answerable.apps.receiver.settings import ReceiverSettings
from answerable.apps.receiver.switches import Call, ErrorStatus, FinishErrorRoot
from answerable.events.evidence import Purpose, Reading
from answerable.kernel.errors import Breach, Outage, Refusal
from answerable.kernel.ids import ActorId, AdId, TiplineId
from answerable.kernel.sealed import Sealed
from answerable.kernel.time import DAY, HOUR, MINUTE, Millis
from answerable.preservation.service import DateHolds, EraseAd, HoldForDecision
from answerable.reports.document import facts as f
from answerable.reports.document import model as m
from answerable.reports.document.build import report_for_ads
from answerable.reports.document.check import check
from answerable.reports.document.schema import schema_faults
from answerable.reports.document.write import details_bytes, to_xml
from answerable.reports.model import Status
from answerable.reports.service import ResumeReport
from answerable.reports.tipline import AlreadyRetracted, NoSuchReport, TiplineRefused

SHEET = "facts/cybertipline.md"
OPENS, CLOSES = "Mistakes seen in real client code (each is a test case): ", "."


def test_the_table_has_every_mistake_of_the_fact_sheet(
    shared_path: Callable[[str], Path],
) -> None:
    paragraph = shared_path(SHEET).read_text(encoding="utf-8").partition(OPENS)[2]
    listed = paragraph.partition("\n\n")[0].replace("\n", " ").removesuffix(CLOSES).split(";")
    rows = [row.sheet for row in (*DOCUMENT_MISTAKES.values(), *BEHAVIOUR_MISTAKES.values())]
    assert len(listed) == len(rows)
    for words, row in zip(listed, rows, strict=True):
        assert words.strip().startswith(row)


def test_every_mistake_of_behaviour_has_its_test() -> None:
    assert [row.test for row in BEHAVIOUR_MISTAKES.values() if row.test not in globals()] == []


# -- mistakes of documents ------------------------------------------------------------------------


@pytest.fixture
def b(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path, control=True) as started:
        yield started


def last_note(b: Bench) -> str:
    return str(b.client.get("/control/calls").json()[-1]["note"])


@pytest.mark.parametrize("name", DOCUMENT_MISTAKES)
def test_the_receiver_refuses_the_document_and_opens_nothing(b: Bench, name: str) -> None:
    row = DOCUMENT_MISTAKES[name]
    for status in ErrorStatus:
        b.board.turn(error_status=status)
        for xml in row.xml:
            call = "fileinfo" if xml.startswith("<fileDetails") else "submit"
            told = b.caller.send(call, xml)
            assert (told.code, told.report_id) == (row.code, None)
            assert told.status == (200 if status is ErrorStatus.ALWAYS_200 else 400)
            assert last_note(b).startswith("at ")
    b.board.turn(documented_rules=False)
    assert b.caller.send(call, row.xml[0]).code == row.code, "not a rule of the second judge"
    assert b.caller.submit().report_id == 4_000_001


@pytest.mark.parametrize("name", DOCUMENT_MISTAKES)
def test_the_model_cannot_say_it_or_it_is_refused_before_anything_is_sent(name: str) -> None:
    row = DOCUMENT_MISTAKES[name]
    for attempt in row.tries:
        try:
            document = attempt()
            xml = to_xml(document)
        except (TypeError, ValueError, Breach):
            continue  # it can't be made, or has no spelling
        assert schema_faults(xml) != () or not row.found(xml)


@pytest.mark.parametrize("name", DOCUMENT_MISTAKES)
def test_each_mistake_is_found_where_it_is(name: str) -> None:
    """The search that finds nothing in ours does find it in theirs, and so does our own check."""
    row = DOCUMENT_MISTAKES[name]
    assert all(row.found(xml.encode()) for xml in row.xml)
    assert all(schema_faults(xml.encode()) != () for xml in row.xml)


def mistakes_in(xml: bytes) -> list[str]:
    return [name for name, row in DOCUMENT_MISTAKES.items() if row.found(xml)]


@given(document=st.one_of(REPORTS, FILE_DETAILS))
def test_no_document_of_the_model_has_any_of_them(document: m.Document) -> None:
    assert mistakes_in(to_xml(document)) == []


@given(facts=CASES)
def test_no_report_on_any_case_has_any_of_them(facts: f.CaseFacts) -> None:
    """Nor another's address, nor another's time than one that the ad has."""
    built, files = report_for_ads(facts)
    assert mistakes_in(to_xml(built)) == []
    for file in files:
        told = details_bytes(file.details_template(), report_id=1, file_id="a")
        assert mistakes_in(told) == []
    revisions = [revision for one in facts.ads for revision in one.revisions]
    places = [place for one in revisions for place in one.placements]
    urls = {unquote(place.url.strip()) for place in places if place.url}
    assert {unquote(url) for url in pages_of(built)} <= urls
    times = {at for one in revisions for at in (one.received_at, one.spooled_at)}
    assert built.incident_summary.incident_date_time in times | {one.start for one in places}


# -- mistakes of what is said ---------------------------------------------------------------------


def pages_of(built: m.Report) -> list[str]:
    return [
        url
        for one in built.internet_details
        if isinstance(one.incident, m.WebPageIncident)
        for url in one.incident.url
    ]


def test_no_url_of_the_settings_is_an_incidents(b: Bench) -> None:
    """Every word of the settings is an address; none is where an ad stood, placed or not."""
    own = "https://settings.example.com/"
    words = {x.name: own + x.name for x in fields(ESP) if isinstance(getattr(ESP, x.name), str)}
    esp = replace(ESP, **words)
    assert "legal_url" in words
    url = "https://ads.example.com/flat/7?a=1&b=2"
    shown = ad("ad-1", revision(placements=(placed(ago(HOUR), url),)))
    assert pages_of(report_for_ads(case(shown, esp=esp))[0]) == [url]
    unplaced, _ = report_for_ads(case(esp=esp))
    assert pages_of(unplaced) == []
    details = etree.fromstring(to_xml(unplaced)).findall("internetDetails")
    assert all(own.encode() not in etree.tostring(one) for one in details)

    swapped = replace(unplaced, internet_details=(
        m.InternetDetails(incident=m.WebPageIncident(url=(own + "legal_url",))),
    ))  # fmt: skip
    assert b.caller.submit(to_xml(swapped)).code == 0
    assert "an incident's url is the reporter's legalURL" in last_note(b)


def test_the_time_of_reporting_is_never_the_incidents(b: Bench) -> None:
    week = 7 * DAY
    shown = ad("ad-1", revision(received_at=ago(week), placements=(placed(ago(week - HOUR)),)))
    for one, expected in (
        (shown, ago(week - HOUR)),
        (ad("a", revision(received_at=ago(week))), ago(week)),
    ):
        built, _ = report_for_ads(case(one))
        assert built.incident_summary.incident_date_time == expected
        assert "Not the time of reporting." in str(built.incident_summary)

    told = report(summary=SUMMARY.replace("2026-09-01T10:00:00Z", "2026-09-21T12:00:00Z"))
    assert b.caller.submit(told).code == 0
    assert last_note(b) == "incidentDateTime is the time of this call, not of an incident"


def test_each_connection_keeps_its_own_time_and_port(b: Bench) -> None:
    """One address, three days, two ports on the last: four events, as given."""
    given_ = tuple(
        f.ConnectionFacts(
            ip="192.0.2.7", port=port, at=ago(days * DAY), event=f.ConnectionEvent.LOGIN
        )
        for days, port in ((3, 50_001), (2, 50_002), (1, 50_003), (1, 50_004))
    )
    built, _ = report_for_ads(case(ad("ad-1", revision(connections=given_))))
    events = built.person_or_user_reported[0].ip_capture_event
    assert [(e.date_time, e.port) for e in events] == [(c.at, c.port) for c in given_]

    assert b.caller.submit(to_xml(built)).code == 0
    assert last_note(b) == ""
    flat = tuple(replace(e, date_time=events[0].date_time) for e in events)
    party = replace(built.person_or_user_reported[0], ip_capture_event=flat)
    assert b.caller.submit(to_xml(replace(built, person_or_user_reported=(party,)))).code == 0
    assert "the 4 ipCaptureEvents of personOrUserReported are all of one time" in last_note(b)


def test_charset_and_encoding_are_always_declared(b: Bench, tmp_path: Path) -> None:
    """No remark beside the call: it came as XML, and with its charset."""
    words = "naïve €, bluelantern"
    built, _ = report_for_ads(case(notes=(words,)))
    xml = to_xml(built)
    assert xml.startswith(b"<?xml version='1.0' encoding='UTF-8'?>")
    settings = ReceiverSettings(port=0, db_path=tmp_path / "other.sqlite3", control=True)
    with started_receiver(settings, SystemTime()) as there, our_client(there.base_url) as far:
        opened = far.submit(xml)
        (call,) = httpx.get(f"{there.origin}/control/calls").json()
        page = httpx.get(f"{there.origin}/reports/{opened.report_id}").text
    assert call["note"] == ""
    assert words in page

    careless = report(rest="<additionalInfo>naïve</additionalInfo>")
    assert b.caller.send("submit", careless, "text/xml").code == 0
    assert last_note(b) == "no charset in the content type"
    assert b.caller.send("submit", careless.encode("latin-1")).code == 4110


# -- mistakes of behaviour ------------------------------------------------------------------------


def our_client(base_url: str) -> TiplineClient:
    return TiplineClient(
        base_url=base_url, username="test", password=Sealed("test", label="test password")
    )


@pytest.fixture
def world(make_store: Callable[..., Store], tmp_path: Path) -> Iterator[World]:
    settings = ReceiverSettings(port=0, db_path=tmp_path / "receiver.sqlite3", control=True)
    with started_receiver(settings, SystemTime()) as receiver:
        yield make_world(make_store, receiver, tmp_path)


def calls_there(world: World) -> list[tuple[str, int]]:
    told = httpx.get(f"{world.receiver.origin}/control/calls").json()
    return [(call["call"], call["code"]) for call in told]


def duty(world: World) -> Any:
    return world.store.read(lambda work: work.reports.latest(SITE, 1))[0]


class Before:
    """Does something of the test's own before the first call of that name goes out."""

    def __init__(self, far: Any, name: str, act: Callable[[], object]) -> None:
        self._far, self._name, self._act = far, name, act

    def __getattr__(self, name: str) -> Any:
        if name == self._name:
            self._name = ""
            self._act()
        return getattr(self._far, name)


def test_a_machine_that_is_ahead_files_nothing_in_the_future_and_loses_nothing(
    world: World, tmp_path: Path
) -> None:
    """Our own check refuses what is in our future; what is in theirs alone waits for a person."""
    skewed = revision(received_at=ago(2 * HOUR), placements=(placed(ago(-MINUTE)),))
    built, _ = report_for_ads(case(ad("ad-1", skewed)))
    assert built.incident_summary.incident_date_time == ago(2 * HOUR)
    assert check(built, NOON) == ()
    assert [fault.limit for fault in check(built, Millis(NOON - 3 * HOUR))] == ["lies in the past"]

    world.receiver.switchboard.turn(time_shift_ms=-HOUR)
    outbox = world.wire(world.client())
    world.decide(world.ad("ad-1"))
    file_all(world, outbox)
    assert calls_there(world) == [("submit", 4100)]
    waiting = duty(world)
    assert waiting.status is Status.NEEDS_PERSON
    assert "4100" in str(waiting.why)
    world.receiver.switchboard.turn(time_shift_ms=0)
    ResumeReport(world.store)(SITE, waiting.id, "mended the clock", ActorId("staff:ana"), "site")
    file_all(world, outbox)
    the_one_report(world, tmp_path)


@pytest.mark.parametrize("kind", FaultKind)
def test_whatever_goes_wrong_with_finish_nothing_is_retracted(
    world: World, tmp_path: Path, kind: FaultKind
) -> None:
    trouble = Trouble(kind=kind, call=Call.FINISH, times=2)
    world.receiver.switchboard.turn(faults=(trouble,))
    asked: list[str] = []
    client = world.client()

    class Listening:
        def __getattr__(self, name: str) -> Any:
            asked.append(name)
            return getattr(client, name)

    outbox = world.wire(Listening())
    world.decide(world.ad("ad-1"))
    file_all(world, outbox)
    filed = the_one_report(world, tmp_path)
    assert asked.count("finish") == 3
    assert "retract" not in asked

    assert client.retract(TiplineId(filed.report_id)).receipt.http_status == 200
    assert calls_there(world)[-1] == ("retract", 5102)
    assert [one.report_id for one in received(tmp_path)] == [filed.report_id]


@pytest.mark.parametrize("status", ErrorStatus)
@pytest.mark.parametrize("root", FinishErrorRoot)
def test_the_code_decides_and_not_the_status(
    tmp_path: Path, status: ErrorStatus, root: FinishErrorRoot
) -> None:
    settings = ReceiverSettings(port=0, db_path=tmp_path / "receiver.sqlite3")
    with started_receiver(settings, SystemTime()) as receiver, our_client(receiver.base_url) as far:
        receiver.switchboard.turn(error_status=status, finish_error_root=root)
        with pytest.raises(TiplineRefused) as refused:
            far.submit(b"<report/>")
        assert refused.value.code == 4100
        opened = far.submit(to_xml(report_for_ads(case())[0])).report_id
        receiver.switchboard.turn(faults=(Trouble(kind=FaultKind.SERVER_ERROR),))
        with pytest.raises(Outage, match="1000"):
            far.finish(opened)
        assert not isinstance(far.retract(opened), AlreadyRetracted)
        for _ in range(2):
            assert isinstance(far.finish(opened), AlreadyRetracted)
        assert isinstance(far.finish(TiplineId("1")), NoSuchReport)
    assert received(tmp_path) == []


@pytest.mark.parametrize(("status", "root"), [*zip(ErrorStatus, FinishErrorRoot, strict=True)])
def test_a_finish_that_was_refused_files_nothing(
    world: World, tmp_path: Path, status: ErrorStatus, root: FinishErrorRoot
) -> None:
    """The draft has lapsed when /finish comes: it begins anew, and one report is filed."""
    board = world.receiver.switchboard
    board.turn(error_status=status, finish_error_root=root)
    outbox = world.wire(
        Before(world.client(), "finish", lambda: board.turn(time_shift_ms=25 * HOUR))
    )
    world.decide(world.ad("ad-1"))
    file_all(world, outbox)
    filed = the_one_report(world, tmp_path)
    calls = calls_there(world)
    assert [code for call, code in calls if call == "finish"] == [5001, 0]
    assert [call for call, _ in calls].count("submit") == 2
    assert [event.tipline_id for event in world.finished_here()] == [filed.report_id]


def test_evidence_outlives_the_confirmed_finish_by_a_year(world: World, tmp_path: Path) -> None:
    ids, client = SystemIds(), world.client()
    moments: list[str] = []
    held: list[AdId] = []

    def nothing_goes(moment: str) -> Callable[[], None]:
        def look() -> None:
            with pytest.raises(Refusal, match="under hold"):
                EraseAd(world.store)(SITE, SAM, held[0], "asked")
            (stored,) = [path for path in (tmp_path / "objects").rglob("*") if path.is_file()]
            assert stored.stat().st_size >= len(PNG)
            ends = [
                h.ends for h in world.store.read(lambda w: w.preservation.holds_of(SITE, held[0]))
            ]
            assert ends == [None] or moment == "after"
            moments.append(moment)

        return look

    far: Any = client
    for name in ("submit", "upload", "fileinfo", "finish"):
        far = Before(far, name, nothing_goes(name))
    outbox = world.wire(far)
    decided, finished = HoldForDecision(ids), DateHolds(ids)
    story = world.story["case.decided"]
    world.story["case.decided"] = replace(story, with_=(*story.with_, decided, finished))
    world.story["report.finished"] = replace(story, with_=(finished,))
    world.receiver.switchboard.turn(
        faults=(Trouble(kind=FaultKind.DROP_AFTER, call=Call.FINISH, times=3),)
    )
    held.append(with_picture(world))
    world.decide(*held)
    file_all(world, outbox)
    the_one_report(world, tmp_path)
    nothing_goes("after")()
    assert moments == ["submit", "upload", "fileinfo", "finish", "after"]
    (hold,) = world.store.read(lambda work: work.preservation.holds_of(SITE, held[0]))
    assert hold.ends is not None
    assert hold.ends >= world.finished_here()[0].happened + 365 * DAY
    sha256 = hashlib.sha256(PNG).hexdigest()
    why = Reading(purpose=Purpose.EXPORT, by=ActorId("staff:ana"), about="case-1")
    assert world.files.read(SITE, sha256, why) == PNG
