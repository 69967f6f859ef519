"""Laws of closing and opening: down while closed, and back if that alone kept it down."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from answerable.ads.availability import (
    COUNTRIES,
    after_closing,
    after_opening,
    covers,
    jurisdiction_code,
)
from answerable.ads.directives import (
    Action,
    Decided,
    Screened,
    Standing,
    after_alert,
    after_decision,
    after_verdict,
)
from answerable.kernel.ids import AdId, Site

FRESH = Standing(site=Site("main"), ad=AdId("ad"))


@dataclass(frozen=True)
class Close:
    pass


@dataclass(frozen=True)
class Open:
    pass


@dataclass(frozen=True)
class Alert:
    pass


@dataclass(frozen=True)
class Judge:
    screened: Screened


@dataclass(frozen=True)
class Decide:
    decided: Decided


Step = Close | Open | Alert | Judge | Decide
steps = st.lists(
    st.one_of(
        st.builds(Close),
        st.builds(Open),
        st.builds(Alert),
        st.builds(Judge, st.sampled_from(Screened)),
        st.builds(Decide, st.sampled_from(Decided)),
    ),
    max_size=12,
)


class Walk:
    """The code under test as a site would meet it: one revision, one section."""

    def __init__(self) -> None:
        self.now, self.closed, self.told = FRESH, False, list[Action]()

    def take(self, step: Step) -> None:
        action: Action | None = None
        match step:
            case Close():
                self.closed = True
                self.now, action = after_closing(self.now)
            case Open():
                self.closed = False
                # A judgement that is owed comes as a step of its own, or not at all.
                self.now, action, _screen = after_opening(self.now)
            case Alert():
                self.now, action = after_alert(self.now)
            case Judge(screened):
                said = Screened.REFUSE if self.closed else screened
                self.now, action = after_verdict(
                    self.now, said, revision=0, last_revision=0, available=not self.closed
                )
            case Decide(decided):
                self.now, action = after_decision(self.now, decided, last_revision=0)
        if action is not None:
            self.told.append(action)


def walked(taken: list[Step]) -> Walk:
    walk = Walk()
    for step in taken:
        walk.take(step)
    return walk


@given(steps)
def test_nothing_is_up_where_its_section_is_closed(taken: list[Step]) -> None:
    walk = walked([*taken, Close()])
    assert not walk.now.visible
    for step in taken:
        walk.take(step)
        if walk.closed:
            assert not walk.now.visible


@given(steps)
def test_the_projection_is_what_the_site_was_told_last(taken: list[Step]) -> None:
    walk = walked(taken)
    assert walk.now.last == (walk.told[-1] if walk.told else None)


@given(steps)
def test_closing_and_opening_at_once_changes_nothing_to_be_seen(taken: list[Step]) -> None:
    """And closing twice tells the site once."""
    walk = walked([*taken, Open()])
    up, count = walk.now.visible, len(walk.told)
    walk.take(Close())
    walk.take(Close())
    assert len(walk.told) == count + up
    walk.take(Open())
    assert walk.now.visible == up
    assert len(walk.told) == count + 2 * up


@given(steps, st.sampled_from((Decided.REPORT, Decided.REMOVE, Decided.RESTRICT)))
def test_opening_brings_back_nothing_that_people_took_down(
    taken: list[Step], decided: Decided
) -> None:
    assert not walked([*taken, Decide(decided), Close(), Open()]).now.visible
    assert not walked([*taken, Close(), Decide(decided), Open()]).now.visible


@given(steps)
def test_opening_brings_back_nothing_that_an_alert_hides(taken: list[Step]) -> None:
    assert not walked([*taken, Alert(), Close(), Open()]).now.visible
    assert not walked([*taken, Close(), Alert(), Open()]).now.visible


@given(st.sampled_from(sorted(COUNTRIES)), st.sampled_from(("", "-CA", "-1", "-XYZ")))
def test_a_closing_covers_itself_and_what_lies_in_it(country: str, region: str) -> None:
    code = jurisdiction_code(f" {country.lower()}{region.lower()} ")
    assert code == f"{country}{region}"
    assert covers("", code)
    assert covers(code, code)
    assert covers(country, code)
    assert covers(code, country) == (region == "")
    assert not covers(country, "")  # an ad that states no place stands under no country's closing
