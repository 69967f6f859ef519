"""Clocks by duty: against a slow plain count; every clock stands in one column."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable.audit.clocks import ClockRun, clock_figures, clock_runs, rank
from answerable.events.duties.clocks import Stop
from answerable.events.event import Opened
from answerable.kernel.time import Millis

DUTIES = ("first_look", "alert_act", "second_answer")
RUNS = st.builds(
    lambda duty, started, length, took, how: ClockRun(
        duty=duty,
        started=started,
        ends=started + length,
        stopped=None if took is None else started + took,
        how=None if took is None else how,
    ),
    st.sampled_from(DUTIES),
    st.integers(0, 50),
    st.integers(1, 30),
    st.none() | st.integers(0, 60),
    st.sampled_from([how.value for how in Stop]),
)


def opened(index: int, kind: str, known: int, **facts: Any) -> Opened:
    return Opened(
        index=index,
        type=kind,
        v=1,
        site="main",
        subject="case",
        sseq=index,
        prev=None,
        happened=known,
        known=known,
        recorded=known,
        actor="system:cases",
        org="site",
        refs=(),
        due=(),
        closes=(),
        groups={"facts": facts},
    )


def recorded(runs: list[ClockRun]) -> list[Opened]:
    """The events of these clocks: all starts, then all stops."""
    events = [
        opened(i, "clock.started", r.started, clock=i, duty=r.duty, started=r.started, ends=r.ends)
        for i, r in enumerate(runs)
    ]
    for i, r in enumerate(runs):
        if r.stopped is not None:
            events.append(
                opened(len(events), "clock.stopped", r.stopped, clock=i, duty=r.duty, how=r.how)
            )
    return events


@given(runs=st.lists(RUNS, max_size=40), now=st.integers(0, 120))
def test_the_figures_are_what_a_slow_count_finds(runs: list[ClockRun], now: int) -> None:
    lines = clock_figures(clock_runs(recorded(runs)), Millis(now))
    assert [line.duty for line in lines] == sorted({run.duty for run in runs})
    for line in lines:
        mine = [r for r in runs if r.duty == line.duty]
        stopped = [r for r in mine if r.stopped is not None]
        late = [r for r in stopped if r.stopped > r.ends]  # type: ignore[operator]
        aside = [r for r in stopped if r not in late and r.how in ("void", "withdrawn")]
        assert line.started == len(mine)
        assert line.late == len(late)
        assert line.set_aside == len(aside)
        assert line.in_time == len(stopped) - len(late) - len(aside)
        assert line.overdue == len([r for r in mine if r.stopped is None and r.ends < now])
        assert line.running == len([r for r in mine if r.stopped is None and r.ends >= now])
        assert line.left_over == 0
        took = [r.stopped - r.started for r in stopped if r not in aside]  # type: ignore[operator]
        for percent, said in ((50, line.median), (95, line.p95)):
            # The least one that occurred with at least so many in a hundred not above it.
            fits = [t for t in took if sum(u <= t for u in took) * 100 >= percent * len(took)]
            assert said == min(fits, default=None)


def test_a_second_word_about_a_clock_changes_nothing() -> None:
    run = ClockRun(duty="first_look", started=0, ends=10, stopped=5, how="taken")
    told = recorded([run])
    again = opened(9, "clock.stopped", 99, clock=0, duty="first_look", how="decided")
    assert clock_runs([*told, again]) == (run,)


@pytest.mark.parametrize(("count", "percent", "place"), [(1, 95, 0), (20, 95, 18), (21, 95, 19)])
def test_a_percentile_is_one_that_occurred(count: int, percent: int, place: int) -> None:
    assert rank(range(count), percent) == place
    assert rank((), percent) is None
