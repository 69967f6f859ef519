"""The sums: zero where the record is honest, and the name of what is missing where it is not."""

import pytest
from tests.unit.bundle_maker import changed, name_of, open_all, tell
from tests.unit.lies import LIES, Change
from tests.unit.story_maker import ERASED, NUMBERS, honest

from answerable.events.catalogue import EVERY_EVENT
from answerable.events.duties.sums import Residual, Term, finished_against, take_sums


def test_the_story_has_an_event_of_every_kind() -> None:
    assert {type(t.event) for t in tell(honest())} == set(EVERY_EVENT)


def test_an_honest_record_comes_out_at_zero() -> None:
    sums = take_sums(open_all(tell(honest()), ERASED))
    assert sums.residual == ()
    reports = sums.real.reports
    assert reports.decided == 6
    assert (reports.finished, reports.pending) == (3, 1)
    assert (reports.needs_person, reports.withdrawn) == (1, 1)
    assert (reports.by_hand, reports.unreconciled) == (2, 0)
    assert (sums.real.alerts.received, sums.real.alerts.open) == (4, 1)
    assert [f.tipline_id for f in sums.finished] == [NUMBERS["b"], NUMBERS["b2"]]


@pytest.mark.parametrize("lie", LIES)
def test_a_planted_lie_is_left_over(lie: str) -> None:
    term, kind, without, change = LIES[lie]
    found = take_sums(open_all(tell(honest(), without=without, change=change), ERASED)).residual
    assert [r for r in found if (r.term, r.kind) == (term, kind)], found


@pytest.mark.parametrize("lie", LIES)
def test_the_residual_names_leaves_that_are_there(lie: str) -> None:
    _, _, without, change = LIES[lie]
    told = tell(honest(), without=without, change=change)
    for left in take_sums(open_all(told, ERASED)).residual:
        assert left.indices
        assert left.words
        assert all(0 <= index < len(told) for index in left.indices)


def test_a_second_report_of_one_ad_must_name_the_first() -> None:
    plain = {"rep-b2-intended": changed(xml="<report/>")}
    twice = {"rep-b2-owed": changed(decision=name_of("dec-b"), ads=[name_of("b")])}
    ends = {"rep-b2-finished": changed(ads=[name_of("b")])}

    def kinds(change: Change) -> set[str]:
        opened = open_all(tell(honest(), without=("dec-b2-decided",), change=change), ERASED)
        return {r.kind for r in take_sums(opened).residual}

    assert kinds(twice | ends) == set()
    assert kinds(plain | twice | ends) == {"reported twice"}


def test_what_is_synthetic_is_a_term_of_its_own() -> None:
    real = open_all(tell(honest()), ERASED)
    shadow = open_all(tell(honest(synthetic=True, site="practice")), ERASED)
    sums = take_sums([*real, *shadow])
    assert sums.residual == ()
    assert sums.synthetic == sums.real == take_sums(real).real
    assert take_sums(real).synthetic.reports.decided == 0


def test_erased_names_are_matched_by_chain_and_then_by_number() -> None:
    """Everything of ads, links and decisions gone: the counts still meet, and say how."""
    told = tell(honest())
    gone = {t.step.name: ("ad_text", "link") for t in told}
    sums = take_sums(open_all(told, gone))
    assert [r for r in sums.residual if r.term is not Term.REPORTS] == []
    assert sums.real.submissions.submitted == 15
    assert sums.real.submissions.unnamed == 15
    assert sums.real.submissions.waiting == 1
    assert sums.real.reports.unnamed == 5
    assert sums.residual == ()


def test_erasing_names_hides_no_missing_report() -> None:
    told = tell(honest(), without=("rep-e-owed",))
    gone = {t.step.name: ("ad_text", "link") for t in told}
    assert {r.kind for r in take_sums(open_all(told, gone)).residual} == {"came to nothing"}


def test_finished_is_compared_with_the_receiver_both_ways() -> None:
    sums = take_sums(open_all(tell(honest()), ERASED))

    def against(ids: list[str]) -> list[tuple[str, tuple[str, ...]]]:
        return [(r.kind, r.ids) for r in finished_against(sums, ids)]

    assert against([NUMBERS["b2"], f" {NUMBERS['b']}\n", ""]) == []
    assert against([NUMBERS["b"]]) == [("unknown there", (name_of("rep-b2"), NUMBERS["b2"]))]
    assert against([*NUMBERS.values(), "77"]) == [("unknown here", ("77",))]


def test_an_erased_id_cannot_be_compared_and_says_so() -> None:
    opened = open_all(tell(honest()), ERASED | {"rep-b-finished": ("response",)})
    found: tuple[Residual, ...] = finished_against(take_sums(opened), [NUMBERS["b2"]])
    assert [r.kind for r in found] == ["id erased"]
