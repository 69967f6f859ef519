"""The sums, judged by a slow and plain second counting that shares no line with the first.

Stories are told with steps left out and names exchanged at random. Both must agree on every count
and on whether anything is left over.
"""

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.bundle_maker import changed, name_of, open_all, tell
from tests.unit.story_maker import NUMBERS, honest

from answerable.events.duties.sums import take_sums
from answerable.events.event import Event, Opened

STORY = honest()
DUTIES = ("ad.", "screen.", "alert.", "case.decided", "report.")
DROPPABLE = sorted(s.name for s in STORY.steps if s.kind.TYPE.startswith(DUTIES))
EXCHANGES: Mapping[str, Callable[[Event], Event]] = {
    "rep-b-finished": changed(tipline_id="1"),
    "rep-b2-finished": changed(ads=[name_of("b2")]),
    "rep-b2-owed": changed(decision=name_of("dec-b")),
    "rep-b2-intended": changed(xml="<report/>"),
    "rep-d-owed": changed(ads=[name_of("d"), name_of("a")]),
    "rep-b2-opened-1": changed(tipline_id=NUMBERS["b"]),
    "rep-f-withdrawn": changed(subject=name_of("rep-e"), report=name_of("rep-e")),
    "dec-d-decided": changed(ads=[]),
    "dec-e-decided": changed(kind="remove"),
    "dec-f-decided": changed(decision=name_of("dec-e")),
    "dec-c-decided": changed(second=None),
    "alert-1-answered": changed(outcome="declined"),
    "alert-2-answered": changed(decision=name_of("dec-x")),
    "alert-1-attached": changed(case=name_of("case-h2")),
    "alert-3-attached": changed(alert=name_of("alert-1")),
    "alert-3-received": changed(alert=name_of("alert-2")),
    "a-owed-renewed-1": changed(cause="moved"),
    "a-owed-recheck-1": changed(ad=name_of("nobody"), open_subject=name_of("nobody")),
    "h-owed-received-0": changed(revision=3),
    "c-judged-received-0": changed(ad=name_of("d")),
    "d-judged-received-0": changed(owed="ab" * 32),
}


def slow_submissions(opened: list[Opened]) -> tuple[tuple[int, ...], bool]:
    causes = {
        "ad.received": "received",
        "ad.revised": "revised",
        "ad.published": "published",
        "ad.renewed": "renewed",
        "ad.moved": "moved",
    }
    zero = True
    submitted = [e for e in opened if e.type in causes]
    owed = [e for e in opened if e.type == "screen.owed"]
    unused = [e for e in owed if e.get("cause") != "recheck"]
    with_own: list[Opened] = []
    for event in submitted:
        for candidate in unused:
            same = all(
                event.get(name) == candidate.get(name) for name in ("ad", "revision", "placement")
            )
            if same and causes[event.type] == candidate.get("cause"):
                unused.remove(candidate)
                with_own.append(event)
                break
    placed = 0
    for event in submitted:
        if event in with_own:
            continue
        if event.type == "ad.published" and any(
            w.type in ("ad.received", "ad.revised")
            and w.subject == event.subject
            and w.get("revision") == event.get("revision")
            for w in with_own
        ):
            placed += 1
        else:
            zero = False
    if unused:
        zero = False
    for event in owed:
        if event.get("cause") == "recheck" and not any(
            s.get("ad") == event.get("ad") or s.subject == event.get("open_subject")
            for s in submitted
        ):
            zero = False
    judged_leaves, failed_leaves = [], []
    for event in opened:
        if event.type not in ("screen.judged", "screen.failed"):
            continue
        target = None
        for candidate in owed:
            mine = candidate.leaf_hash.hex() == event.get("owed")
            if mine and candidate.subject == event.subject:
                target = candidate
        if target is None:
            zero = False
            continue
        if target.get("ad") != event.get("ad"):
            zero = False
        into = judged_leaves if event.type == "screen.judged" else failed_leaves
        if target.leaf_hash in into and event.type == "screen.judged":
            zero = False
        into.append(target.leaf_hash)
    screened = len(set(judged_leaves))
    could_not = len({leaf for leaf in failed_leaves if leaf not in judged_leaves})
    waiting = 0
    for event in owed:
        if event.leaf_hash not in judged_leaves and event.leaf_hash not in failed_leaves:
            waiting += 1
    return (len(submitted) - placed, placed, screened, could_not, waiting), zero


def slow_alerts(opened: list[Opened]) -> tuple[tuple[int, ...], bool]:
    received = answered = still = 0
    zero = True
    names_seen: list[tuple[Any, str]] = []
    subjects = {e.subject for e in opened if e.type.startswith("alert.")}
    for subject in subjects:
        mine = [e for e in opened if e.subject == subject and e.type.startswith("alert.")]
        count = dict.fromkeys(("alert.received", "alert.attached", "alert.answered"), 0)
        for event in mine:
            if event.type in count:
                count[event.type] += 1
        received += count["alert.received"]
        answered += count["alert.answered"] > 0
        still += count["alert.attached"] > 0 and count["alert.answered"] == 0
        if count["alert.received"] != 1 or count["alert.answered"] > 1:
            zero = False
        if count["alert.attached"] == 0:
            zero = False
        if len({e.get("alert") for e in mine}) != 1:
            zero = False
        for event in mine:
            if event.type == "alert.received":
                for other, _ in names_seen:
                    if other == event.get("alert"):
                        zero = False
                names_seen.append((event.get("alert"), subject))
            if event.type == "alert.answered":
                # No merge of this story names an alert: it is answered where it was given to.
                given = [e.get("case") for e in mine if e.type == "alert.attached"]
                if given and given[-1] != event.get("case"):
                    zero = False
                made = None
                for decision in opened:
                    same = decision.get("decision") == event.get("decision")
                    if decision.type == "case.decided" and same:
                        made = decision
                if made is None or (
                    event.get("outcome") == "reported" and made.get("kind") != "report"
                ):
                    zero = False
                elif event.get("outcome") == "declined":
                    two = made.get("second") not in (None, made.get("reviewer"))
                    if made.get("kind") != "no_action" or not two:
                        zero = False
    return (received, answered, still), zero


def slow_state(
    done: list[Opened], gone: list[Opened], stops: list[Opened]
) -> tuple[str, Opened | None]:
    if done:
        return "finished", done[0]
    if gone:
        return "withdrawn", gone[0]
    if stops and stops[-1].type == "report.needs_person":
        return "needs_person", stops[-1]
    return "pending", None


def slow_by_hand(mine: list[Opened]) -> bool:
    """Entered once, of bytes that stand there, under the number of the end; then perhaps listed."""
    entered = [e for e in mine if e.type == "report.by_hand"]
    listed = [e for e in mine if e.type == "report.reconciled"]
    numbers = [e.get("tipline_id") for e in mine if e.type == "report.finished"]
    shown = [e.get("sha256") for e in mine if e.type == "report.intended"]
    if len(entered) > 1 or (listed and not entered):
        return False
    if any(e.get("tipline_id") not in numbers or e.get("sha256") not in shown for e in entered):
        return False
    return all(e.get("tipline_id") == entered[0].get("tipline_id") for e in listed)


def slow_reports(opened: list[Opened]) -> tuple[tuple[int, ...], bool]:
    zero = True
    decisions: dict[str, Opened] = {}
    for event in opened:
        if event.type == "case.decided" and event.get("kind") == "report":
            if event.get("decision") in decisions:
                zero = False
            decisions[event.get("decision")] = event
    duties = {(name, ad) for name, d in decisions.items() for ad in d.get("ads")}
    state_of: dict[tuple[str, str], list[str]] = {duty: [] for duty in duties}
    filings: dict[tuple[str, str], list[tuple[int, str, str]]] = {}
    ids_used: list[tuple[str, str]] = []
    for subject in {e.subject for e in opened if e.type.startswith("report.")}:
        mine = [e for e in opened if e.subject == subject and e.type.startswith("report.")]
        owed = [e for e in mine if e.type == "report.owed"]
        done = [e for e in mine if e.type == "report.finished"]
        gone = [e for e in mine if e.type == "report.withdrawn"]
        stops = [e for e in mine if e.type in ("report.needs_person", "report.resumed")]
        intended = [e for e in mine if e.type == "report.intended"]
        ids = [e.get("tipline_id") for e in mine if e.type == "report.opened"]
        if len(owed) != 1 or len(done) > 1 or (done and gone) or not slow_by_hand(mine):
            zero = False
        for end in done:
            if not intended or end.get("tipline_id") not in ids:
                zero = False
            if any(used == end.get("tipline_id") and s != subject for used, s in ids_used):
                zero = False
            ids_used.append((end.get("tipline_id"), subject))
        if not owed:
            continue
        state, last = slow_state(done, gone, stops)
        name = owed[0].get("decision")
        if name not in decisions:
            zero = False
            continue
        named = owed[0].get("ads") if last is None else last.get("ads")
        for ad in set(owed[0].get("ads")) | set(named):
            if (name, ad) not in duties:
                zero = False
        for ad in set(owed[0].get("ads")):
            if ad not in named:
                zero = False
                continue
            state_of.setdefault((name, ad), []).append(state)
            if state == "finished":
                text = "".join(e.get("xml") for e in intended)
                filings.setdefault((name, ad), []).append(
                    (done[0].index, done[0].get("tipline_id"), text)
                )
    for filed in filings.values():
        filed.sort()
        for at in range(1, len(filed)):
            before = [number for _, number, _ in filed[:at]]
            if not any(f"<priorCTReports>{n}</priorCTReports>" in filed[at][2] for n in before):
                zero = False
    counts = {"finished": 0, "pending": 0, "needs_person": 0, "withdrawn": 0}
    for duty in duties:
        states = state_of[duty]
        if not states:
            zero = False
            continue
        for state in ("finished", "needs_person", "pending", "withdrawn"):
            if state in states:
                counts[state] += 1
                break
    return (len(duties), *counts.values()), zero


@given(
    without=st.sets(st.sampled_from(DROPPABLE), max_size=4),
    exchanged=st.sets(st.sampled_from(sorted(EXCHANGES)), max_size=3),
)
def test_two_countings_agree(without: set[str], exchanged: set[str]) -> None:
    change = {name: EXCHANGES[name] for name in exchanged}
    opened = open_all(tell(STORY, without=without, change=change))
    sums = take_sums(opened)
    fast = sums.real
    slow = (slow_submissions(opened), slow_alerts(opened), slow_reports(opened))
    s, a, r = fast.submissions, fast.alerts, fast.reports
    assert (s.submitted, s.placed, s.screened, s.could_not, s.waiting) == slow[0][0]
    assert (a.received, a.answered, a.open) == slow[1][0]
    assert (r.decided, r.finished, r.pending, r.needs_person, r.withdrawn) == slow[2][0]
    assert sums.balanced == all(zero for _, zero in slow)


@given(
    without=st.sets(st.sampled_from(DROPPABLE), max_size=3),
    exchanged=st.sets(st.sampled_from(sorted(EXCHANGES)), max_size=2),
)
def test_where_nothing_is_left_over_the_terms_add_up(
    without: set[str], exchanged: set[str]
) -> None:
    change = {name: EXCHANGES[name] for name in exchanged}
    sums = take_sums(open_all(tell(STORY, without=without, change=change)))
    if not sums.balanced:
        return
    s, a, r = sums.real.submissions, sums.real.alerts, sums.real.reports
    assert s.submitted + s.rechecks == s.screened + s.could_not + s.waiting
    assert a.received == a.answered + a.open
    assert r.decided == r.finished + r.pending + r.needs_person + r.withdrawn
