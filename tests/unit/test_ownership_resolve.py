"""Chains resolve to people, to a listed or state body, or to a gap; and what changed is listed."""

from datetime import date
from fractions import Fraction

import pytest

from answerable.kernel.errors import Refusal
from answerable.ownership.graph import Sure
from answerable.ownership.model import InterestType, MissingReason, RecordId
from answerable.ownership.page import to_page
from answerable.ownership.resolve import LOWER_THRESHOLD, Resolution, resolve
from ownership_maker import OwnershipMaker, interest, simple

TODAY = date(2026, 11, 24)


def resolved(maker: OwnershipMaker, threshold: Fraction = Fraction(1, 4)) -> Resolution:
    return resolve(maker.file(), on=TODAY, threshold=threshold)


def rows(resolution: Resolution) -> list[tuple[str, str, str, str]]:
    """(name, shares, control, counts) of each holder."""
    return [
        (row.name, row.own.exact(), row.control.value, row.counts.value)
        for row in resolution.holders
    ]


def reasons(resolution: Resolution) -> list[tuple[str, str, bool]]:
    return [(gap.at_name, gap.reason, gap.stated) for gap in resolution.gaps]


# Our own files


def test_shares_multiply_along_a_chain_and_add_up_over_chains() -> None:
    maker = OwnershipMaker()
    for record in "abc":
        maker.entity(record)
    maker.person("p")
    maker.person("q")
    maker.holds("b", "a", 60)
    maker.holds("c", "a", 40)
    maker.holds("p", "b", 50)
    maker.holds("p", "c", 25)
    maker.holds("q", "b", 50)
    maker.holds("q", "c", 75)
    assert rows(resolved(maker)) == [
        ("Person Q", "3/5", "no", "yes"),
        ("Person P", "2/5", "no", "yes"),
    ]


def test_control_passes_whole_where_shares_thin_out() -> None:
    """51 % of 51 % of 51 % is 13 % of the shares and all of the control."""
    maker = OwnershipMaker()
    for record in "abc":
        maker.entity(record)
    maker.person("p")
    for holder, held in (("b", "a"), ("c", "b"), ("p", "c")):
        maker.holds(holder, held, 51)
    (row,) = resolved(maker).holders
    assert row.own.exact() == str(Fraction(51, 100) ** 3)
    assert (row.control, row.counts) == (Sure.YES, Sure.YES)


def test_votes_of_all_whom_one_controls_count_together() -> None:
    maker = OwnershipMaker()
    for record in "abc":
        maker.entity(record)
    maker.person("p")
    maker.holds("b", "a", 30)
    maker.holds("c", "a", 30)
    maker.holds("p", "b", 60)
    maker.holds("p", "c", 60)
    (row,) = resolved(maker).holders
    assert (row.own.exact(), row.control) == ("9/25", Sure.YES)


def test_half_of_the_votes_is_not_more_than_half() -> None:
    for share, control in (
        ({"exact": 50}, Sure.NO),
        ({"exclusiveMinimum": 50, "maximum": 75}, Sure.YES),
        ({"minimum": 50, "maximum": 75}, Sure.POSSIBLE),
        ({"minimum": 25, "maximum": 50}, Sure.NO),
    ):
        maker = OwnershipMaker()
        maker.entity("a")
        maker.person("p")
        maker.holds("p", "a", share)
        assert resolved(maker).holders[0].control is control, share


def test_stated_votes_override_what_shares_imply() -> None:
    maker = OwnershipMaker()
    maker.entity("a")
    maker.person("p")
    shares = interest("shareholding", share={"exact": 90})
    maker.tie("p", "a", shares, interest("votingRights", share={"exact": 5}))
    (row,) = resolved(maker).holders
    assert (row.own.exact(), row.votes.exact(), row.control) == ("9/10", "1/20", Sure.NO)


@pytest.mark.parametrize(
    "type_",
    [
        "appointmentOfBoard",
        "otherInfluenceOrControl",
        "controlViaCompanyRulesOrArticles",
        "controlByLegalFramework",
        "settlor",
        "trustee",
        "protector",
        "beneficiaryOfLegalArrangement",
    ],
)
def test_control_by_other_means_counts_without_any_share(type_: str) -> None:
    maker = OwnershipMaker()
    maker.entity("a")
    maker.person("p")
    maker.tie("p", "a", interest(type_))
    (row,) = resolved(maker).holders
    assert (row.control, row.counts) == (Sure.YES, Sure.YES)


@pytest.mark.parametrize("type_", ["boardMember", "boardChair", "seniorManagingOfficial"])
def test_an_office_is_shown_and_passes_nothing_on(type_: str) -> None:
    maker = OwnershipMaker()
    maker.entity("a")
    maker.person("p")
    maker.tie("p", "a", interest(type_))
    (row,) = resolved(maker).holders
    assert (row.own.exact(), row.control, row.counts) == ("0", Sure.NO, Sure.NO)
    assert [way.type for way in row.ways] == [InterestType(type_)]


def test_a_nominee_holds_for_the_nominator() -> None:
    maker = OwnershipMaker()
    maker.entity("a")
    maker.entity("n", "arrangement", "nomination")
    maker.person("front")
    maker.person("behind")
    maker.holds("n", "a", 80)
    maker.tie("front", "n", interest("nominee"))
    maker.tie("behind", "n", interest("nominator"))
    resolution = resolved(maker)
    assert rows(resolution) == [("Person BEHIND", "4/5", "yes", "yes")]
    assert [row.name for row in resolution.nominees] == ["Person FRONT"]
    assert reasons(resolution) == []


def test_a_nomination_without_a_nominator_is_a_gap() -> None:
    maker = OwnershipMaker()
    maker.entity("a")
    maker.entity("n", "arrangement", "nomination", name="Example nomination")
    maker.person("front")
    maker.holds("n", "a", 100)
    maker.tie("front", "n", interest("nominee"))
    resolution = resolved(maker)
    assert rows(resolution) == []
    assert reasons(resolution) == [("Example nomination", "nominatorNotStated", False)]


def test_a_nominee_of_a_company_stands_for_somebody_not_named() -> None:
    maker = OwnershipMaker()
    maker.entity("a")
    maker.person("front")
    shares = interest("shareholding", share={"exact": 100})
    maker.tie("front", "a", interest("nominee"), shares)
    resolution = resolved(maker)
    assert rows(resolution) == []
    assert reasons(resolution) == [("Example A Ltd", "nominatorNotStated", False)]
    assert [row.name for row in resolution.nominees] == ["Person FRONT"]


def test_a_circle_is_named_and_counted_once() -> None:
    """B and C hold each other; P holds 50 % of B. Simple chains only: no share goes round."""
    maker = OwnershipMaker()
    for record in "abc":
        maker.entity(record)
    maker.person("p")
    maker.holds("b", "a", 100)
    maker.holds("c", "b", 50)
    maker.holds("b", "c", 100)
    maker.holds("p", "b", 50)
    resolution = resolved(maker)
    assert rows(resolution) == [("Person P", "1/2", "no", "yes")]
    (loop,) = resolution.loops
    assert set(loop) == {"Example B Ltd", "Example C Ltd"}
    assert not to_page(resolution)["complete"]


def test_a_circle_with_nobody_behind_it_is_a_gap() -> None:
    maker = OwnershipMaker()
    for record in "abc":
        maker.entity(record)
    maker.holds("b", "a", 100)
    maker.holds("c", "b", 100)
    maker.holds("b", "c", 100)
    resolution = resolved(maker)
    assert resolution.holders == ()
    assert ("Example B Ltd", "loopWithoutEnd", False) in reasons(resolution)


@pytest.mark.parametrize("with_circle", [False, True])
def test_two_holdings_of_one_holder_add_up(with_circle: bool) -> None:
    maker = OwnershipMaker()
    for record in "abc":
        maker.entity(record)
    maker.person("p")
    maker.holds("p", "a", 10)
    maker.holds("p", "a", 20)
    maker.holds("b", "a", 50)
    maker.holds("p", "b", 40)
    maker.holds("p", "b", 20)
    if with_circle:
        maker.holds("c", "b", 40)
        maker.holds("b", "c", 10)
    assert rows(resolved(maker)) == [("Person P", "3/5", "yes", "yes")]


def test_own_shares_of_a_company_are_a_circle() -> None:
    maker = simple()
    maker.statements.pop()
    maker.holds("p", "a", 90)
    maker.holds("a", "a", 10)
    resolution = resolved(maker)
    assert rows(resolution) == [("Person P", "9/10", "yes", "yes")]
    assert resolution.loops == (("Example A Ltd", "Example A Ltd"),)


@pytest.mark.parametrize(
    ("share", "flagged"), [(None, True), ({"maximum": 40}, True), ({"exact": 10}, False)]
)
def test_a_sellers_loan_is_flagged_as_control_by_contract(
    share: dict[str, int] | None, flagged: bool
) -> None:
    """By shares the buyer owns it all; the seller may take them back."""
    maker = OwnershipMaker()
    maker.entity("a")
    maker.person("buyer")
    maker.person("seller")
    maker.holds("buyer", "a", 100)
    more = {} if share is None else {"share": share}
    maker.tie("seller", "a", interest("conditionalRightsGrantedByContract", **more))
    seller = next(row for row in resolved(maker).holders if row.record == "seller")
    assert seller.by_contract is flagged
    assert seller.counts is (Sure.POSSIBLE if flagged else Sure.NO)
    assert seller.own.exact() == "0"


def test_shares_and_rights_together_may_pass_the_threshold() -> None:
    maker = OwnershipMaker()
    maker.entity("a")
    maker.person("p")
    option = interest("rightsGrantedByContract", share={"exact": 10})
    maker.tie("p", "a", interest("shareholding", share={"exact": 20}), option)
    (row,) = resolved(maker).holders
    assert (row.by_contract, row.with_rights.exact()) == (True, "3/10")


@pytest.mark.parametrize("reason", list(MissingReason))
def test_a_stated_reason_is_a_stated_gap(reason: MissingReason) -> None:
    maker = OwnershipMaker()
    maker.entity("a")
    maker.tie({"reason": reason.value, "description": "as filed"}, "a")
    (gap,) = resolved(maker).gaps
    assert (gap.reason, gap.stated, gap.description) == (reason.value, True, "as filed")


def test_an_unnamed_person_without_a_reason_is_an_unstated_gap() -> None:
    maker = OwnershipMaker()
    maker.entity("a")
    maker.person("x", personType="unknownPerson", names=[])
    maker.holds("x", "a", 100)
    (gap,) = resolved(maker).gaps
    assert (gap.reason, gap.stated) == ("personNotNamed", False)
    assert gap.share is not None
    assert gap.share.exact() == "1"


def test_a_closed_record_of_a_holder_leaves_a_gap_not_a_silence() -> None:
    maker = simple()
    maker.person("p")
    maker.statements[-1] |= {"statementDate": "2026-02-01", "recordStatus": "closed"}
    resolution = resolved(maker)
    assert reasons(resolution) == [("Example A Ltd", "holderRecordClosed", False)]


def test_an_interest_counts_from_its_start_until_its_end() -> None:
    maker = OwnershipMaker()
    maker.entity("a")
    maker.person("p")
    days = {"startDate": "2026-03-01", "endDate": "2026-06-01"}
    maker.tie("p", "a", interest("shareholding", share={"exact": 100}, **days))
    file = maker.file()
    held = [
        bool(resolve(file, on=day).holders)
        for day in (date(2026, 2, 28), date(2026, 3, 1), date(2026, 5, 31), date(2026, 6, 1))
    ]
    assert held == [False, True, True, False]


def test_an_indirect_share_without_a_chain_counts_and_is_noted() -> None:
    maker = OwnershipMaker()
    maker.entity("a")
    maker.person("p")
    maker.tie("p", "a", interest("shareholding", direct="indirect", share={"exact": 30}))
    resolution = resolved(maker)
    assert rows(resolution) == [("Person P", "3/10", "no", "yes")]
    assert "the chain between is not told" in resolution.notes[0]


def test_an_indirect_share_that_the_chain_denies_is_noted() -> None:
    maker = OwnershipMaker()
    maker.entity("a")
    maker.entity("b")
    maker.person("p")
    maker.holds("b", "a", 60)
    maker.holds("p", "b", 50)
    maker.tie("p", "a", interest("shareholding", direct="indirect", share={"exact": 90}))
    resolution = resolved(maker)
    assert resolution.notes == (
        "Person P in Example A Ltd: 90 % is declared, the chains give 30 %",
    )


def test_more_than_all_shares_is_noted() -> None:
    maker = simple()
    maker.person("q")
    maker.holds("q", "a", 1)
    assert resolved(maker).notes == (
        "more than 100 % of the shares of Example A Ltd are given away",
    )


def test_the_lower_threshold_shows_more() -> None:
    maker = OwnershipMaker()
    maker.entity("a")
    maker.person("p")
    maker.person("q")
    maker.holds("p", "a", 80)
    maker.holds("q", "a", 10)
    usual, lower = resolved(maker), resolved(maker, LOWER_THRESHOLD)
    assert [row[3] for row in rows(usual)] == ["yes", "no"]
    assert [row[3] for row in rows(lower)] == ["yes", "yes"]
    assert reasons(usual) == []
    assert reasons(lower) == [("Example A Ltd", "sharesNotAccountedFor", False)]


def test_the_subject_is_named_where_the_file_tells_of_several() -> None:
    maker = simple()
    maker.entity("z")
    maker.statements[-1]["declarationSubject"] = "z"
    with pytest.raises(Refusal):
        resolved(maker)
    resolution = resolve(maker.file(), on=TODAY, subject=RecordId("z"))
    assert reasons(resolution) == [("Example Z Ltd", "noHolderStated", False)]


def test_a_tangle_is_refused_and_not_followed_for_ever() -> None:
    maker = OwnershipMaker()
    names = [f"e{number}" for number in range(14)]
    maker.entity("a")
    maker.person("p")
    for name in names:
        maker.entity(name)
    maker.holds("p", names[-1], 50)
    maker.holds(names[0], "a", 100)
    for one in names:
        for other in names:
            if one != other:
                maker.holds(one, other, 1)
    with pytest.raises(Refusal, match="too many chains"):
        resolved(maker)


def test_a_wide_group_without_circles_is_resolved_exactly() -> None:
    """Twenty layers of two: a million chains, one answer, and the chains shown are cut."""
    maker = OwnershipMaker()
    maker.entity("a")
    maker.person("p")
    below = ["a"]
    for layer in range(20):
        here = [f"l{layer}x", f"l{layer}y"]
        for name in here:
            maker.entity(name)
        for name in here:
            for held in below:
                maker.holds(name, held, 50)
        below = here
    for held in below:
        maker.holds("p", held, 100)
    resolution = resolved(maker)
    assert rows(resolution) == [("Person P", "1", "yes", "yes")]
    assert resolution.chains_left_out
