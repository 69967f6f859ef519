"""Our documents, sent by our client, before a stranger: the local receiver with its own rules.

The receiver shares no line with model, checks or client, so each judges the other's reading of the
protocol: schema, documented limits, forms, digests, states.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from report_strategies import CASES, FILE_DETAILS, NOW, REPORTS

from answerable.adapters.cybertipline.client import TiplineClient
from answerable.apps.receiver import ReceiverSettings, export_finished, started_receiver
from answerable.kernel.errors import Refusal
from answerable.kernel.ids import TiplineId
from answerable.kernel.sealed import Sealed
from answerable.kernel.time import Millis
from answerable.reports.document import facts as f
from answerable.reports.document import model as m
from answerable.reports.document.build import report_for_ads
from answerable.reports.document.files import FileToSend, Inline
from answerable.reports.document.write import details_bytes, to_xml
from answerable.reports.tipline import (
    AlreadyFinished,
    AlreadyRetracted,
    Finished,
    NoSuchFile,
    NoSuchReport,
    Noted,
    Retracted,
    TiplineRefused,
    Uploaded,
)

COUNT = settings(
    max_examples=12,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class StandingTime:
    def now(self) -> Millis:
        return NOW


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "receiver.sqlite3"


@pytest.fixture
def tipline(db: Path) -> Iterator[TiplineClient]:
    with (
        started_receiver(ReceiverSettings(port=0, db_path=db), StandingTime()) as receiver,
        client(receiver.base_url) as made,
    ):
        yield made


def client(base_url: str, password: str = "test") -> TiplineClient:
    return TiplineClient(
        base_url=base_url, username="test", password=Sealed(password, label="password")
    )


def attach(tipline: TiplineClient, report: TiplineId, file: FileToSend) -> str:
    content = file.source.content if isinstance(file.source, Inline) else b"drawn shapes"
    sent = tipline.upload(report, file.name, file.media_type, content)
    assert isinstance(sent, Uploaded)
    details = details_bytes(file.details_template(), report_id=int(report), file_id=sent.file_id)
    assert isinstance(tipline.fileinfo(details), Noted)
    return sent.file_id


def test_any_case_is_filed_with_all_its_files(tipline: TiplineClient, db: Path) -> None:
    filed: dict[str, tuple[str, ...]] = {}

    @COUNT
    @given(case=CASES)
    def law(case: f.CaseFacts) -> None:
        report, files = report_for_ads(case)
        opened = tipline.submit(to_xml(report))
        ids = tuple(attach(tipline, opened.report_id, file) for file in files)
        finished = tipline.finish(opened.report_id)
        assert isinstance(finished, Finished)
        assert finished.file_ids == ids
        filed[finished.report_id] = ids

    law()
    assert {one.report_id: one.file_ids for one in export_finished(db)} == filed
    assert filed


def test_any_document_of_the_model_is_taken(tipline: TiplineClient) -> None:
    @COUNT
    @given(report=REPORTS, details=FILE_DETAILS)
    def law(report: m.Report, details: m.FileDetails) -> None:
        opened = tipline.submit(to_xml(report, schema_hint=True))
        sent = tipline.upload(opened.report_id, "ü.txt", "text/plain", b"bluelantern")
        assert isinstance(sent, Uploaded)
        bound = m.FileDetails(
            report_id=int(opened.report_id), file_id=sent.file_id, description=details.description
        )
        assert isinstance(tipline.fileinfo(to_xml(bound)), Noted)

    law()


def test_every_state_is_told_as_it_is(tipline: TiplineClient) -> None:
    report, files = report_for_ads(_plain())
    first, second = (tipline.submit(to_xml(report)).report_id for _ in range(2))
    info = details_bytes(files[0].details_template(), report_id=int(first), file_id="0" * 32)
    assert isinstance(tipline.fileinfo(info), NoSuchFile)
    assert isinstance(tipline.finish(TiplineId("1")), NoSuchReport)
    assert isinstance(tipline.finish(first), Finished)
    for answer in (
        tipline.finish(first),
        tipline.retract(first),
        tipline.fileinfo(info),
        tipline.upload(first, "a.txt", "text/plain", b"a"),
    ):
        assert isinstance(answer, AlreadyFinished)
    assert isinstance(tipline.retract(second), Retracted)
    assert isinstance(tipline.finish(second), AlreadyRetracted)


def test_a_wrong_password_and_a_wrong_document_reach_a_person(db: Path) -> None:
    with started_receiver(ReceiverSettings(port=0, db_path=db), StandingTime()) as receiver:
        with client(receiver.base_url, "wrong") as stranger, pytest.raises(TiplineRefused):
            stranger.status()
        with client(receiver.base_url) as known:
            assert known.status().receipt.http_status == 200
            with pytest.raises(TiplineRefused) as refused:
                known.submit(b"<report/>")
            assert refused.value.code == 4100
            with pytest.raises(TiplineRefused) as torn:
                known.submit(b"<report>")
            assert torn.value.code == 4110
        with pytest.raises(Refusal):
            client(receiver.base_url.replace("127.0.0.1", "report.cybertip.org"))


def _plain() -> f.CaseFacts:
    at = m.Moment(at=Millis(NOW - 1000))
    revision = f.RevisionFacts(number=0, received_at=at, texts={"body": "bluelantern"})
    return f.CaseFacts(
        case="c",
        ads=(f.AdFacts(external_id="a", ad="r", revisions=(revision,)),),
        decision=f.DecisionFacts(decision="d", at=at, by_role="reviewer"),
        esp=f.EspFacts(platform="p", reporter=f.EspPerson(email="desk@example.com")),
        prepared_at=m.Moment(at=NOW),
    )
