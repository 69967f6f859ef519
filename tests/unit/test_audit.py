"""The examiners: dates, holds, directives, concealment, and the live comparison."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.bundle_maker import START, Story, changed, name_of, open_all, tell
from tests.unit.story_book import Book
from tests.unit.story_maker import ERASED, NUMBERS, SIGN, end_of, honest

from answerable.audit.finding import AuditFinding
from answerable.audit.live import LiveReport, compare_live
from answerable.audit.page import as_json, as_text, live_as_text
from answerable.audit.reconcile import AuditReport, reconcile
from answerable.audit.rows import read_live_rows, read_receiver_ids
from answerable.events.duties.clocks import (
    ALERT_ANSWER,
    PRESERVE_REPORTED_CONTENTS,
    REPORT_PROMPTLY,
    REPORT_URGENTLY,
    RESTORE_OR_DECIDE,
)
from answerable.events.duties.obeying import DUTY as OBEY
from answerable.events.duties.timing import late_duties, open_duties
from answerable.events.event import Due, DutyKey, Event, Opened
from answerable.kernel.errors import Refusal
from answerable.kernel.time import DAY, HOUR, MINUTE, Millis, iso

OVERDUE_ANYWAY = (OBEY, "never acknowledged")  # the story has one directive that nobody heard


def examine(
    story: Story | None = None,
    *,
    without: tuple[str, ...] = (),
    change: dict[str, Callable[[Event], Event]] | None = None,
    now: Millis | None = None,
    ids: tuple[str, ...] | None = tuple(NUMBERS.values()),
) -> AuditReport:
    story = story or honest()
    opened = open_all(tell(story, without=without, change=change), ERASED)
    return reconcile(opened, ids, now or end_of(story))


def kinds(report: AuditReport) -> set[tuple[str, str]]:
    return {(f.duty, f.kind) for f in report.findings} - {OVERDUE_ANYWAY}


def test_an_honest_site_has_one_overdue_directive_and_nothing_else() -> None:
    report = examine()
    assert [(f.duty, f.kind) for f in report.findings] == [OVERDUE_ANYWAY]
    assert report.sums.balanced
    assert report.compared == 2


def test_the_receivers_list_is_compared_both_ways() -> None:
    report = examine(ids=(NUMBERS["b"], "99"))
    assert kinds(report) == {
        ("sum of reports", "unknown there"),
        ("sum of reports", "unknown here"),
    }
    assert examine(ids=None).compared is None
    assert "compared with nothing" in as_text(examine(ids=None))


# Dates


@pytest.mark.duty("report_promptly")
def test_a_report_not_finished_in_time_is_overdue_and_later_late() -> None:
    story = honest()
    owed = next(s for s in story.steps if s.name == "rep-d-owed")
    due = REPORT_PROMPTLY.ends(Millis(START + owed.at))
    clocks = {("report_promptly", "overdue")}
    assert not clocks & kinds(examine(now=due))
    assert clocks <= kinds(examine(now=Millis(due + MINUTE)))
    done = next(i for i, s in enumerate(story.steps) if s.name == "rep-b2-finished")
    for at in range(done, len(story.steps)):
        step = story.steps[at]
        story.steps[at] = replace(step, at=step.at + 2 * DAY)
    story.now += 2 * DAY
    assert ("report_promptly", "late") in kinds(examine(story))


@pytest.mark.duty("report_urgently")
def test_an_urgent_report_has_an_hour() -> None:
    urgent = {"rep-e-owed": changed(urgent=True)}
    owed = next(s for s in honest().steps if s.name == "rep-e-owed")
    due = REPORT_URGENTLY.ends(Millis(START + owed.at))
    assert ("report_urgently", "overdue") not in kinds(examine(change=urgent, now=due))
    late = examine(change=urgent, now=Millis(due + 1))
    assert ("report_urgently", "overdue") in kinds(late)


def test_a_clock_that_nobody_stopped_and_one_stopped_with_a_false_word() -> None:
    assert (RESTORE_OR_DECIDE.name, "overdue") in kinds(
        examine(without=("b-restore-stopped",), now=Millis(START + 9 * DAY))
    )
    ended = {"b-restore-started": changed(ends=START)}
    assert {(RESTORE_OR_DECIDE.name, k) for k in ("late", "misstated")} <= kinds(
        examine(change=ended)
    )
    assert kinds(examine(change={"b-restore-stopped": changed(late=True)})) == {
        (RESTORE_OR_DECIDE.name, "misstated")
    }
    assert kinds(examine(without=("b-restore-started",))) == {
        (RESTORE_OR_DECIDE.name, "never started"),
        (RESTORE_OR_DECIDE.name, "moved"),
    }


def test_an_answer_that_says_it_was_in_time_is_held_to_it() -> None:
    early = {"alert-1-received": changed(due_act=START)}
    assert kinds(examine(change=early)) == {(ALERT_ANSWER.name, "misstated")}
    owned = early | {"alert-1-answered": changed(within_promise=False)}
    assert kinds(examine(change=owned)) == {(ALERT_ANSWER.name, "late")}


def test_duties_in_envelopes_open_close_and_run_out() -> None:
    key = DutyKey("answer:one")
    opens = {"dec-d-decided": changed(due=(Due(duty=key, at=Millis(START + 9 * HOUR)),))}
    opened = open_all(tell(honest(), change=opens))
    assert [d.duty for d in open_duties(opened)] == [key]
    assert late_duties(opened, Millis(START + 9 * HOUR)) == ()
    assert [f.kind for f in late_duties(opened, Millis(START + 9 * HOUR + 1))] == ["overdue"]
    closes = opens | {"dec-e-decided": changed(closes=(key,))}
    opened = open_all(tell(honest(), change=closes))
    assert open_duties(opened) == ()
    assert late_duties(opened, Millis(START + 99 * DAY)) == ()
    tardy = closes | {"dec-d-decided": changed(due=(Due(duty=key, at=Millis(START)),))}
    opened = open_all(tell(honest(), change=tardy))
    assert [f.kind for f in late_duties(opened, Millis(START + 99 * DAY))] == ["late"]


# Holds


@pytest.mark.duty("preserve_reported_contents")
@pytest.mark.parametrize(
    ("without", "change", "kind"),
    [
        (("b-hold-placed",), {}, "no hold"),
        (("c-hold-placed",), {}, "no hold"),
        (("e-hold-placed",), {}, "no hold"),
        ((), {"b2-hold-dated": changed(ends=START + 30 * DAY)}, "ends early"),
        ((), {"e-hold-placed": changed(ends=START + 30 * DAY)}, "ends early"),
        ((), {"f-hold-released": changed(hold=name_of("b2/hold"))}, "ends early"),
        ((), {"g-erased": changed(ad=name_of("b"))}, "erased under hold"),
    ],
)
def test_what_must_be_kept_is_kept(
    without: tuple[str, ...], change: dict[str, Any], kind: str
) -> None:
    assert (PRESERVE_REPORTED_CONTENTS.name, kind) in kinds(examine(without=without, change=change))


def test_an_erasure_needs_two_people() -> None:
    alone = {"g-erased": changed(approvers=["staff:1"])}
    assert kinds(examine(change=alone)) == {("erasure_by_two", "not by two")}


# Directives: the site that says yes and does otherwise


def hidden(seen: str | None, *, acknowledged: bool = True) -> Story:
    book = Book()
    book.received("x", "A bike.")
    book.judged("x")
    book.told("x", "publish", "screening")
    book.placed("x")
    book.judged("x", "published")
    book.told("x", "hide", "alert", acknowledged=acknowledged, seen=seen)
    return book.story


def test_a_site_that_says_yes_and_keeps_the_ad_up_is_found() -> None:
    assert kinds(examine(hidden("up"), ids=())) == {(OBEY, "acknowledged and not done")}
    assert kinds(examine(hidden("down"), ids=())) == set()


def test_a_directive_nobody_saw_obeyed_is_found_after_its_deadline() -> None:
    later = Millis(START + HOUR)
    assert kinds(examine(hidden(None), ids=())) == set()
    assert kinds(examine(hidden(None), ids=(), now=later)) == {(OBEY, "never observed")}
    silent = examine(hidden(None, acknowledged=False), ids=(), now=later)
    assert (OBEY, "never acknowledged") in {(f.duty, f.kind) for f in silent.findings}


def test_an_ad_without_a_url_cannot_be_seen_and_is_no_finding() -> None:
    story = hidden(None)
    gone = ("x-published", "x-owed-published-0", "x-judged-published-0")
    later = Millis(START + HOUR)
    assert kinds(examine(story, without=gone, ids=(), now=later)) == set()


def test_what_was_mended_before_the_deadline_is_no_finding() -> None:
    story = hidden("up")
    seen = story.steps[-1]
    again = replace(seen, name="again", at=seen.at + MINUTE)
    story.steps.append(replace(again, values={**seen.values, "seen": "down", "agrees": True}))
    assert kinds(examine(story, ids=())) == set()
    late = replace(seen, name="late", at=seen.at + HOUR)
    story.steps.insert(-1, late)
    story.steps[-1] = replace(story.steps[-1], at=seen.at + 2 * HOUR)
    assert kinds(examine(story, ids=())) == {(OBEY, "acknowledged and not done")}


def test_a_probe_is_not_believed_against_what_it_saw() -> None:
    lie = {"x-hide-2-seen": changed(agrees=True)}
    assert (OBEY, "misstated") in kinds(examine(hidden("up"), change=lie, ids=()))


def test_a_directive_that_was_replaced_is_not_judged_by_what_came_after() -> None:
    story = hidden("down")
    book = Book()
    book.story, book.add, book.number = story, story.add, 2
    name = book.told("x", "restore", "decision")
    late = next(s for s in story.steps if s.name == f"{name}-seen")
    values = {**late.values, "directive": name_of("x-hide-2")}
    story.steps.append(replace(late, name="late", values=values))
    assert kinds(examine(story, ids=())) == set()


def test_a_gap_in_directive_numbers_is_found() -> None:
    gap = {"a-restore-3-issued": changed(number=30)}
    assert (OBEY, "numbers") in kinds(examine(change=gap))


# Concealment


def edited(second: str, *, verdict: str = "publish", signals: bool = True) -> Story:
    first = f"A bike, ask for {SIGN} after six."
    start = first.index(SIGN)
    signal = {"rule": "demo.sign", "field": "body", "start": start, "end": start + len(SIGN)}
    book = Book()
    book.received("x", first)
    book.judged("x", verdict="withhold", signals=(signal,) if signals else ())
    book.told("x", "withhold", "screening")
    book.received("x", second, revision=1)
    book.judged("x", "revised", 1, verdict)
    return book.story


def concealed(story: Story) -> list[AuditFinding]:
    return [f for f in examine(story, ids=()).findings if f.kind == "sign removed"]


def test_an_edit_that_takes_a_sign_away_is_a_finding() -> None:
    (found,) = concealed(edited("A bike, ask after six."))
    opened = open_all(tell(edited("A bike, ask after six.")))
    assert found.index is not None
    assert opened[found.index].type == "ad.revised"
    assert {opened[i].type for i in found.indices} == {"screen.judged", "ad.revised"}


@pytest.mark.parametrize(
    "story",
    [
        edited(f"A bike. {SIGN.upper()}!"),
        edited("A bike, ask after six.", verdict="withhold"),
        edited("A bike, ask after six.", signals=False),
    ],
    ids=["sign still there", "never published", "nothing was seen"],
)
def test_other_edits_are_none(story: Story) -> None:
    assert concealed(story) == []


def test_a_sign_is_remembered_over_an_edit_that_could_not_be_screened() -> None:
    story = edited(f"A red bike, ask for {SIGN}.", verdict="withhold")
    story.steps.pop()  # revision 1 was never judged
    book = Book()
    book.story, book.add = story, story.add
    book.received("x", "A red bike.", revision=2)
    book.judged("x", "revised", 2)
    assert len(concealed(story)) == 1


def test_erased_words_give_no_finding() -> None:
    opened = open_all(tell(edited("A bike.")), {"x-received": ("ad_text",)})
    found = reconcile(opened, (), Millis(START + HOUR)).findings
    assert [f for f in found if f.kind == "sign removed"] == []


# Live


def live_story() -> Story:
    """Up: allowed. Down: withheld. Gone: hidden and acknowledged. Early: received, unjudged."""
    book = Book()
    for ad in ("up", "down", "gone", "early"):
        book.received(ad, f"An ad that is {ad}.\r\nTwo lines.")
    for ad in ("up", "gone"):
        book.judged(ad)
        book.told(ad, "publish", "screening")
        book.placed(ad)
    book.judged("down", verdict="withhold")
    book.told("down", "withhold", "screening")
    book.told("gone", "hide", "alert")
    return book.story


def compare(rows: list[dict[str, Any]], *, whole: bool = False) -> LiveReport:
    raw = "".join(json.dumps(row) + "\n" for row in rows).encode()
    opened = open_all(tell(live_story()))
    now = Millis(START + HOUR)
    return compare_live(read_live_rows("list.jsonl", raw), opened, now, whole=whole)


def live_kinds(rows: list[dict[str, Any]], *, whole: bool = False) -> list[tuple[str, int | None]]:
    return [(f.kind, f.row) for f in compare(rows, whole=whole).findings]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"external_id": "site-up"}, []),
        ({"url": "https://ads.example.org/up"}, []),
        ({"external_id": "site-up", "text": {"body": "An ad that is up.\nTwo lines."}}, []),
        ({"external_id": "site-up", "text": "An ad that is up.\nTwo lines.\n"}, []),
        ({"external_id": "site-up", "text": "An ad that is up. Two lines."}, ["other words"]),
        ({"external_id": "site-up", "text": {"title": "Ad down"}}, ["other words"]),
        ({"external_id": "site-none"}, ["never submitted"]),
        ({"url": "https://ads.example.org/none"}, ["never submitted"]),
        ({"external_id": "site-down"}, ["against a directive"]),
        ({"external_id": "site-gone"}, ["against a directive"]),
        ({"external_id": "site-early"}, ["no leave"]),
        ({"external_id": "site-up", "seen_at": iso(Millis(START - HOUR))}, ["before submission"]),
    ],
)
def test_one_row_of_the_world(row: dict[str, Any], expected: list[str]) -> None:
    assert live_kinds([row]) == [(kind, 1) for kind in expected]


def test_a_directive_has_until_its_deadline_or_the_sites_own_word() -> None:
    story = live_story()
    told = next(s for s in story.steps if s.name.endswith("hide-4-issued"))
    said = next(s for s in story.steps if s.name.endswith("hide-4-said"))
    for at, expected in ((told.at + 1, []), (said.at, ["against a directive"])):
        row = {"external_id": "site-gone", "seen_at": START + at}
        assert [kind for kind, _ in live_kinds([row])] == expected


def test_a_whole_list_must_have_what_is_placed() -> None:
    assert live_kinds([], whole=True) == [("not live", None)]
    assert live_kinds([{"external_id": "site-up"}], whole=True) == []


def test_erased_words_are_counted_as_uncompared() -> None:
    opened = open_all(tell(live_story()), {"up-received": ("ad_text",)})
    rows = read_live_rows("a.csv", b"url,text\nhttps://ads.example.org/up,anything\n")
    report = compare_live(rows, opened, Millis(START + HOUR), whole=False)
    assert (report.uncompared, report.findings) == (1, ())


def test_lists_are_read_as_csv_and_json_lines() -> None:
    csv = b"\xef\xbb\xbfexternal_id,seen_at,text.title,text.body\r\n"
    csv += b'a,2026-11-24T10:00:00Z,T,"x\ny"\r\n'
    (row,) = read_live_rows("a.csv", csv)
    assert row.text == {"title": "T", "body": "x\ny"}
    assert row.seen_at == START
    assert read_receiver_ids("a.csv", b"report_id,user\n12,test\n13,test\n") == ("12", "13")
    assert read_receiver_ids("a.jsonl", b'{"report_id":"12"}\n') == ("12",)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"url,seen_at\nx,yesterday\n", "line 2: seen_at"),
        (b"url,seen_at\nx,2026-11-24T10:00:00\n", "line 2: seen_at"),
        (b"url,text\n,a\n", "line 2 has neither"),
        (b"url,text\nx\n", "line 2 has 1 columns"),
        (b'{"url":"x"}\nnonsense\n', "line 2 is no JSON"),
        (b"\xff", "not UTF-8"),
        (b"a,a\nx,y\n", "two columns"),
    ],
)
def test_a_bad_list_is_refused_by_line(raw: bytes, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        read_live_rows("list", raw)


def test_pages_say_what_was_found() -> None:
    text = as_text(examine(ids=(NUMBERS["b"],)))
    assert "ads decided to report 6 = finished 3 + pending 1" in text
    assert "unknown there" in text
    value = json.loads(as_json(examine()))
    assert value["sums"]["real"]["reports"]["decided"] == 6
    live = compare([{"external_id": "site-none"}])
    assert "never submitted" in live_as_text(live)
    assert json.loads(as_json(live))["findings"][0]["row"] == 1


def test_nothing_is_examined_without_events() -> None:
    empty: list[Opened] = []
    assert reconcile(empty, (), Millis(0)).clean
