"""The law of directives: an ad may be seen only where its screened words and people allow it.

Judged by a second implementation that keeps the whole history and answers from it word by word,
sharing no line with the code it judges.
"""

from dataclasses import dataclass

from hypothesis import example, given
from hypothesis import strategies as st

from answerable.ads.directives import (
    Action,
    Cause,
    Decided,
    Directive,
    Screened,
    Standing,
    after_alert,
    after_decision,
    after_verdict,
    down_since,
)
from answerable.kernel.ids import AdId, DirectiveId, Site, SubjectId
from answerable.kernel.time import Millis

FRESH = Standing(site=Site("main"), ad=AdId("ad"))


@dataclass(frozen=True)
class Alert:
    pass


@dataclass(frozen=True)
class Edit:
    """The poster sends another revision; nothing is judged yet."""


@dataclass(frozen=True)
class Verdict:
    screened: Screened
    back: int  # how many revisions before the newest it is about


@dataclass(frozen=True)
class Decision:
    decided: Decided


STEPS = st.lists(
    st.one_of(
        st.builds(Alert),
        st.builds(Edit),
        st.builds(Verdict, st.sampled_from(Screened), st.integers(0, 2)),
        st.builds(Decision, st.sampled_from(Decided)),
    ),
    max_size=14,
)


def walk(steps: list[object]) -> tuple[Standing, list[Action], int, list[tuple[object, int]]]:
    """Run the code under test; the history names the revision that each verdict was about."""
    now, issued, revision = FRESH, [], 0
    history: list[tuple[object, int]] = []
    for step in steps:
        action: Action | None = None
        about = revision
        if isinstance(step, Alert):
            now, action = after_alert(now)
        elif isinstance(step, Edit):
            revision += 1
            about = revision
        elif isinstance(step, Verdict):
            about = max(0, revision - step.back)
            now, action = after_verdict(now, step.screened, revision=about, last_revision=revision)
        elif isinstance(step, Decision):
            now, action = after_decision(now, step.decided, last_revision=revision)
        if action is not None:
            issued.append(action)
        history.append((step, about))
    return now, issued, revision, history


def alerted_since_people(history: list[tuple[object, int]]) -> bool:
    """Somebody alerted us, and no person has decided since."""
    for step, _ in reversed(history):
        if isinstance(step, Alert):
            return True
        if isinstance(step, Decision):
            return False
    return False


def people_say_down(history: list[tuple[object, int]]) -> bool:
    """The last decision takes the ad down."""
    for step, _ in reversed(history):
        if isinstance(step, Decision):
            return step.decided in (Decided.REPORT, Decided.REMOVE, Decided.RESTRICT)
    return False


def passed_once(history: list[tuple[object, int]]) -> bool:
    """Some revision was passed by screening, or held back by it and let go by people."""
    return any(
        isinstance(step, Verdict) and step.screened is Screened.PUBLISH for step, _ in history
    ) or any(
        isinstance(step, Decision) and step.decided in (Decided.WARN, Decided.NO_ACTION)
        for step, _ in history
    )


@given(steps=STEPS)
def test_nothing_is_visible_that_people_hold_or_screening_never_passed(
    steps: list[object],
) -> None:
    now, issued, _revision, history = walk(steps)
    up = bool(issued) and issued[-1] in (Action.PUBLISH, Action.RESTORE)
    assert now.visible == up, "the projection is what the last directive says"
    if alerted_since_people(history) or people_say_down(history):
        assert not up
    if not passed_once(history):
        assert not up


@given(steps=STEPS)
def test_a_publish_verdict_never_lifts_an_alerts_hide(steps: list[object]) -> None:
    now, _issued, revision, history = walk(steps)
    if alerted_since_people(history):
        after, action = after_verdict(
            now, Screened.PUBLISH, revision=revision, last_revision=revision
        )
        assert action is None
        assert not after.visible


@given(steps=STEPS)
def test_after_an_alert_the_ad_is_down_and_was_told_so(steps: list[object]) -> None:
    _now, issued, _revision, _history = walk([*steps, Alert()])
    assert issued, "whatever went before, there is a directive"
    assert issued[-1] not in (Action.PUBLISH, Action.RESTORE)


@given(steps=STEPS)
def test_letting_go_gives_back_what_screening_read_and_nothing_else(steps: list[object]) -> None:
    """The other direction: a lawful ad comes back, so hiding is no weapon."""
    now, _issued, revision, history = walk([*steps, Decision(Decided.NO_ACTION)])
    newest = [
        step.screened for step, about in history if isinstance(step, Verdict) and about == revision
    ]
    if newest and newest[-1] in (Screened.PUBLISH, Screened.WITHHOLD):
        assert now.visible
    if newest and newest[-1] in (Screened.REFUSE, Screened.FAILED):
        assert not now.visible


@given(steps=STEPS)
def test_an_old_revisions_publish_puts_up_nothing(steps: list[object]) -> None:
    now, _issued, revision, _history = walk([*steps, Edit()])
    before = now.visible
    after, action = after_verdict(
        now, Screened.PUBLISH, revision=revision - 1, last_revision=revision
    )
    assert action is None
    assert after.visible == before


@example(steps=[Verdict(Screened.PUBLISH, 0), Alert(), Edit(), Decision(Decided.NO_ACTION)])
@given(steps=STEPS)
def test_only_newest_words_that_screening_read_are_ever_put_up(steps: list[object]) -> None:
    """At each publish or restore the newest revision has a verdict, and not one that bars it."""
    for length in range(1, len(steps) + 1):
        _before, earlier, _revision, _history = walk(steps[: length - 1])
        _now, issued, revision, history = walk(steps[:length])
        if len(issued) == len(earlier) or issued[-1] not in (Action.PUBLISH, Action.RESTORE):
            continue
        read = [
            step.screened
            for step, about in history
            if isinstance(step, Verdict) and about == revision
        ]
        assert read, "nobody's words pass unread"
        assert read[-1] in (Screened.PUBLISH, Screened.WITHHOLD)


@given(steps=STEPS, screened=st.sampled_from(Screened))
def test_an_older_revisions_verdict_that_comes_late_changes_nothing(
    steps: list[object], screened: Screened
) -> None:
    now, _issued, revision, _history = walk([*steps, Edit(), Verdict(Screened.PUBLISH, 0)])
    assert after_verdict(now, screened, revision=revision - 1, last_revision=revision) == (
        now,
        None,
    )


@given(told=st.lists(st.tuples(st.sampled_from(Action), st.integers(0, 5)), max_size=12))
def test_credit_is_the_time_since_the_ad_was_last_told_to_be_up(
    told: list[tuple[Action, int]],
) -> None:
    """Judged by a clock that runs whenever the ad is down after it had been up."""
    now, was_up, down_for = 0, False, 0
    rows: list[Directive] = []
    running = False
    for action, wait in told:
        rows.append(_row(len(rows), action, now))
        if action in (Action.PUBLISH, Action.RESTORE):
            was_up, running, down_for = True, False, 0
        elif was_up:
            running = True
        down_for += wait if running else 0
        now += wait
    since = down_since(rows[::-1])
    assert (0 if since is None else now - since) == down_for
    assert (since is not None) == running


def _row(number: int, action: Action, at: int) -> Directive:
    return Directive(
        site=Site("main"),
        id=DirectiveId(str(number)),
        number=number,
        ad=AdId("ad"),
        external_id="bike-1",
        closed_subject=SubjectId("closed"),
        action=action,
        cause=Cause.ALERT,
        revision=0,
        issued=Millis(at),
        deadline=Millis(at),
    )
