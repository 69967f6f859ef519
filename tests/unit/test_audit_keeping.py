"""What the examiners find where holds, legal process or disposal were not as they should be."""

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.bundle_maker import changed, name_of, open_all, tell
from tests.unit.story_keeping import TWO
from tests.unit.story_maker import ERASED, end_of, honest

from answerable.audit.page import as_json, as_text
from answerable.audit.reconcile import AuditReport, reconcile
from answerable.events.duties.keeping import reads_by_purpose
from answerable.kernel.ids import ActorId

ANYWAY = ("directive", "overdue")


def examine(*, without: tuple[str, ...] = (), **change: Any) -> AuditReport:
    told = tell(
        honest(), without=without, change={k.replace("_", "-"): v for k, v in change.items()}
    )
    return reconcile(open_all(told, ERASED), None, end_of(honest()))


def found(report: AuditReport) -> set[tuple[str, str]]:
    mine = {"preserve_reported_contents", "erasure_by_two", "legal_process_by_two"}
    return {(f.duty, f.kind) for f in report.findings if f.duty in mine}


def test_the_honest_story_keeps_and_lets_go_as_it_should() -> None:
    report = examine()
    assert found(report) == set()
    assert report.reads == {"review": 1}
    assert "files given out: 1 for review" in as_text(report)
    assert '"reads": {"review": 1}' in as_json(report)


@pytest.mark.parametrize(
    "approvers", [[], [TWO[0]], [TWO[0], TWO[0]], [TWO[0], ActorId("staff:3")]]
)
def test_a_disposal_needs_the_two_who_signed(approvers: list[ActorId]) -> None:
    report = examine(batch_performed=changed(approvers=approvers))
    assert found(report) == {("erasure_by_two", "not by two")}


@pytest.mark.parametrize("missing", ["batch-signed-1", "batch-signed-2", "batch-proposed"])
def test_a_signature_that_is_not_in_the_record_is_none(missing: str) -> None:
    assert found(examine(without=(missing,))) == {("erasure_by_two", "not by two")}


def test_a_signature_under_another_list_is_none() -> None:
    report = examine(batch_signed_2=changed(items_sha256="ff" * 32))
    assert found(report) == {("erasure_by_two", "not by two")}


def test_one_person_who_signs_twice_is_one() -> None:
    def as_first(event: Any) -> Any:
        return replace(event, actor=TWO[0])

    report = examine(batch_signed_2=as_first)
    assert found(report) == {("erasure_by_two", "not by two")}


def test_what_a_paper_keeps_is_not_disposed_of() -> None:
    held = changed(ads=[name_of("c")])
    assert ("preserve_reported_contents", "erased under hold") in found(
        examine(batch_performed=held)
    )


def test_an_ad_in_a_scope_without_its_hold_is_found() -> None:
    # The flat has a hold of its alert as well; the bike has none.
    report = examine(paper_scoped=changed(found=[name_of("a")]))
    assert found(report) == {("preserve_reported_contents", "no hold")}


def test_giving_out_and_closing_take_two_and_leave() -> None:
    alone = [TWO[0]]
    by_two = ("legal_process_by_two", "not by two")
    assert found(examine(paper_answered=changed(approvers=alone))) == {by_two}
    assert found(examine(paper_closed=changed(approvers=alone))) == {by_two}
    letter = examine(paper=changed(kind="preservation-letter"))
    assert found(letter) == {("legal_process_by_two", "given out")}


def test_reads_are_counted_by_purpose() -> None:
    assert reads_by_purpose(open_all(tell(honest(), without=("read",)), ERASED)) == {}
