"""A plausible story, honestly kept: bikes and jobs, three alerts, reports in every state.

`honest()` has an event of every kind in the catalogue. `ERASED` says which of its groups are
gone, as its own erasure.performed says.
"""

from dataclasses import fields
from typing import Any, get_type_hints

from tests.golden.test_events import value_for
from tests.unit.bundle_maker import START, Leaf, Story, name_of
from tests.unit.story_book import PACK, Book
from tests.unit.story_keeping import GONE, keeping

from answerable.events import (
    ads,
    cases,
    clocks,
    complaints,
    directives,
    hiding,
    house,
    networks,
    policies,
    preservation,
    reports,
    screening,
    sources,
)
from answerable.events.catalogue import EVERY_EVENT
from answerable.events.duties.clocks import (
    ALERT_ANSWER,
    APPEAL_PERIOD,
    COMPLAINT_ANSWER,
    PRESERVE_REPORTED_CONTENTS,
    RESTORE_OR_DECIDE,
    SECOND_ANSWER,
)
from answerable.kernel.time import DAY, HOUR, MINUTE, Millis

ERASED = {"g-received": ("ad_text", "images", "poster_pii", "connections"), **GONE}
SIGN = "bluelantern"
NUMBERS = {"b": "4564654", "b2": "4564655"}


def honest(*, synthetic: bool = False, site: str = "demo") -> Story:
    """The whole story. A reader of `story.steps` finds every step by its name."""
    book = Book(synthetic=synthetic, site=site)
    _house(book)
    _bike(book)
    _reported_job(book)
    book.by_people()
    declined_flat(book)
    _reports_in_every_state(book)
    _erased(book)
    keeping(book)
    _still_open(book)
    _put_off(book)
    _every_other_kind(book)
    return book.story


def _put_off(book: Book) -> None:
    """A flood: the alert of a known source did not hide its ad, and a person removed it."""
    book.received("m", "A table.")
    book.judged("m")
    book.told("m", "publish", "screening")
    flood = {"scope": "site", "ad": None, "counted": 61, "limit": 60, "window": 10 * MINUTE}
    book.add("flood", hiding.FloodStarted, "flood", flood=name_of("flood"), **flood)
    book.alerted("alert-4", "m", "case-m", hides=False)
    of = {"alert": name_of("alert-4"), "case": name_of("case-m"), "ad": name_of("m")}
    put_off = {"ground": "flood", "because": name_of("flood")}
    book.add("put-off", hiding.AlertPutOff, "alert-4", after=0, **of, **put_off)
    known = {"source": name_of("source"), "kind": "flagger"}
    book.add("known", sources.AlertVerified, "alert-4", after=0, **of, **known)
    book.decided("dec-m", "case-m", "remove", ["m"])
    book.stopped("alert-4-clock", "case-m", ALERT_ANSWER.name)
    book.answered("alert-4", "case-m", "dec-m", "acted")
    book.told("m", "remove", "decision")
    _complained(book)
    book.dated("m", "decided-no", APPEAL_PERIOD.ends(Millis(book.story.time)))


def _complained(book: Book) -> None:
    """The poster of that ad complains, and somebody else decides that it stays as it is."""
    of = {"complaint": name_of("complaint"), "case": name_of("case-m2")}
    book.opened_case("case-m2", ["m"], "complaint")
    book.add(
        "complaint",
        complaints.ComplaintReceived,
        "case-m2",
        after=0,
        ad=name_of("m"),
        alert=None,
        decision=name_of("dec-m"),
        side="poster",
        text="It is a table.",
        **of,
    )
    book.clock("complaint-clock", "case-m2", "m", COMPLAINT_ANSWER.name, 7 * DAY)
    book.decided("dec-m2", "case-m2", "remove", ["m"], reviewer="staff:2")
    answer = {"decision": name_of("dec-m2"), "granted": False, "within": True}
    book.add("complained", complaints.ComplaintAnswered, "case-m2", after=0, **of, **answer)
    book.stopped("complaint-clock", "case-m2", COMPLAINT_ANSWER.name)


def _every_other_kind(book: Book) -> None:
    """Kinds that no sum counts, once each on a chain of its own: every reader meets them."""
    told = {step.kind for step in book.story.steps}
    for kind in EVERY_EVENT:
        if kind not in told:
            hints = get_type_hints(kind)
            values = {
                spec.name: value_for(spec.name, hints[spec.name])
                for spec in fields(kind)
                if spec.metadata.get("group")
            }
            if "approvers" in values:
                values["approvers"] = ["staff:1", "staff:2"]
            book.add(f"other-{kind.TYPE}", kind, f"other/{kind.TYPE}", **values)


def _house(book: Book) -> None:
    site, add = "site", book.add
    add("created", house.SiteCreated, site, name="Bikes and jobs", synthetic=book.synthetic)
    serves = {"jurisdictions": ["EU", "US"], "reason": "read there", "approvers": ["staff:1"]}
    add("serves", house.SiteServes, site, **serves)
    shift = {"shift": name_of("shift"), "staff": "staff:1", "rank": "on_call"}
    add("shift", clocks.ShiftAdded, site, begins=START, ends=START + DAY, **shift)
    add("shift-out", clocks.ShiftRemoved, site, **shift)
    for staff in ("1", "2"):
        add(
            f"granted-{staff}",
            house.AccessGranted,
            site,
            staff=f"staff:{staff}",
            roles=["reviewer"],
            organisation="site",
        )
    add("pack", screening.PackActivated, site, pack=PACK, approvers=["staff:1", "staff:2"])
    add(
        "seconds",
        policies.SecondPolicySet,
        site,
        second="any",
        lapse="report",
        approvers=["staff:1", "staff:2"],
        reason="a small team, and nobody at night",
    )
    closing = {"section": "goods", "jurisdiction": "US-NV", "reason": "law"}
    notice = {"notice": "No ads there for now."}
    add("planned", house.SectionPlanned, site, effective=START + 2 * HOUR, **notice, **closing)
    add("closed", house.SectionClosed, site, **notice, **closing)
    add("reopening", house.SectionReopenProposed, site, **closing)
    add("reopened", house.SectionOpened, site, **closing)
    add("revoked", house.AccessRevoked, site, staff="staff:2", roles=["lead"], blocked=False)
    add(
        "owners",
        house.OwnershipPublished,
        site,
        sha256="aa" * 32,
        statements=3,
        gaps=1,
        summary={"people": 1},
    )


def _bike(book: Book) -> None:
    """An ad that lives its whole life, revised, renewed and moved."""
    book.received("a", "A red bike, hardly used.")
    book.judged("a")
    book.told("a", "publish", "screening")
    book.placed("a")
    book.judged("a", "published")
    book.received("a", "A red bike, used a little.", revision=1)
    book.judged("a", "revised", 1)
    book.placed("a", "renewed", 1)
    book.failed("a", "renewed", 1)
    book.told("a", "withhold", "screening")
    book.owed("a", "recheck", 1)
    book.judged("a", "recheck", 1)
    book.told("a", "restore", "screening")
    book.placed("a", "moved", 1)
    book.judged("a", "moved", 1)
    book.ended("a", ads.AdExpired, "published")
    book.ended("a", ads.AdWithdrawn, "renewed")
    book.ended("a", ads.AdRemoved, "moved")


def _reported_job(book: Book) -> None:
    """An ad with a sign: withheld, alerted, reported after a lost submit, and its follow-up."""
    text = f"Evening job. Ask for {SIGN}."
    signal = {
        "rule": "demo.sign",
        "kind": "withhold",
        "field": "body",
        "start": text.index(SIGN),
        "end": text.index(SIGN) + len(SIGN),
        "technique": "plain",
    }
    book.received("b", text)
    book.judged("b", verdict="withhold", signals=(signal,))
    book.told("b", "withhold", "screening")
    book.opened_case("case-b", ["b"], "screening")
    book.clock("b-restore", "case-b", "b", RESTORE_OR_DECIDE.name, DAY)
    _moved(book)
    book.alerted("alert-1", "b", "case-b", opens=False)
    book.add(
        "b-viewed",
        cases.EvidenceViewed,
        "case-b",
        case=name_of("case-b"),
        sha256="ef" * 32,
        full=True,
    )
    book.decided("dec-b", "case-b", "report", ["b"])
    book.report("rep-b", "dec-b", "case-b", ["b"])
    book.stopped("b-restore", "case-b", RESTORE_OR_DECIDE.name)
    _done_outside(book)
    book.stopped("alert-1-clock", "case-b", ALERT_ANSWER.name)
    book.answered("alert-1", "case-b", "dec-b", "reported")
    book.told("b", "remove", "decision")
    book.story.now += 30 * MINUTE
    book.intended("rep-b", ["b"])
    book.add(
        "rep-b-abandoned",
        reports.ReportAbandoned,
        "rep-b",
        report=name_of("rep-b"),
        attempt=1,
        how="submit-unknown",
    )
    book.filed("rep-b", "case-b", ["b"], NUMBERS["b"], attempt=2)
    _dated_by_report(book, "b")
    book.received("b2", "Evening job, again.")
    book.judged("b2")
    book.add(
        "b2-found",
        networks.ResubmissionFound,
        "b2/closed",
        ad=name_of("b2"),
        revision=0,
        ancestor=name_of("b"),
        ancestor_revision=0,
        because="report",
        reasons=["text"],
        changes=["sign", "text"],
        waits=True,
        moved_from_section=False,
    )
    book.decided("dec-b2", "case-b", "report", ["b2", "b"])
    book.held("b2", "case-b", "decision")
    book.report("rep-b2", "dec-b2", "case-b", ["b2", "b"])
    book.intended("rep-b2", ["b2", "b"], prior=NUMBERS["b"])
    book.filed("rep-b2", "case-b", ["b2", "b"], NUMBERS["b2"])
    _dated_by_report(book, "b2")
    _dated_by_report(book, "b", again="-again")


def _dated_by_report(book: Book, ad: str, again: str = "") -> None:
    # The receipt comes with `filed`, which is the last thing told.
    ends = PRESERVE_REPORTED_CONTENTS.ends(Millis(book.story.time))
    book.dated(ad, "report-finished", ends)
    if again:
        last = book.story.steps.pop()
        book.story.steps.append(type(last)(last.name + again, *_rest(last)))


def _rest(step: Any) -> tuple[Any, ...]:
    return (step.kind, step.subject, step.at, step.values, step.header)


def _moved(book: Book) -> None:
    """Two people move the end of the clock that just started."""
    ends = book.story.time + DAY
    book.add(
        "b-restore-moved",
        clocks.ClockExtended,
        "case-b",
        case=name_of("case-b"),
        clock=name_of("b-restore"),
        duty=RESTORE_OR_DECIDE.name,
        was=ends,
        until=ends + HOUR,
        approvers=["staff:1", "staff:2"],
        reason="the poster writes back tomorrow",
    )


def _done_outside(book: Book) -> None:
    """The police: somebody is told that it is due, says so, does it."""
    book.clock("b-police", "case-b", None, "inform_police", 4 * HOUR)
    book.add(
        "b-police-told",
        clocks.DutyDone,
        "case-b",
        case=name_of("case-b"),
        clock=name_of("b-police"),
        duty="inform_police",
        to="Example police",
        reference="K-17",
        words="Rang them.",
    )
    told = {"case": name_of("case-b"), "clock": name_of("b-police"), "duty": "inform_police"}
    book.add(
        "b-police-rung",
        clocks.ClockEscalated,
        "case-b",
        bell=name_of("bell"),
        step=0,
        round=0,
        circle="on_call",
        people=["staff:1"],
        **told,
    )
    book.add(
        "bell",
        clocks.BellRung,
        "site",
        bell=name_of("bell"),
        asked="on_call",
        circle="on_call",
        people=["staff:1"],
        clocks=1,
    )
    book.add("b-police-heard", clocks.ClockAcknowledged, "case-b", **told)
    book.stopped("b-police", "case-b", "inform_police", how="done")


def declined_flat(book: Book) -> None:
    """An alert that two people decline; the ad is restored and its hold let go in the end."""
    book.received("c", "A flat with two rooms.")
    book.judged("c")
    book.told("c", "publish", "screening")
    book.placed("c")
    book.judged("c", "published")
    book.alerted("alert-2", "c", "case-c")
    handed = {"to": "staff:1", "note": "you know the street"}
    book.add("c-handed", cases.CaseHandedOver, "case-c", case=name_of("case-c"), **handed)
    first = {"case": name_of("case-c"), "decision": name_of("dec-c0")}
    book.add(
        "dec-c0-proposed",
        cases.DecisionProposed,
        "case-c",
        kind="no_action",
        ads=[name_of("c")],
        reason="nothing there",
        **first,
    )
    waits = SECOND_ANSWER.name
    book.clock("dec-c0-clock", "case-c", None, waits, 12 * HOUR)
    kind = cases.DecisionContradicted
    book.add("dec-c0-contradicted", kind, "case-c", reason="look again", **first)
    book.stopped("dec-c0-clock", "case-c", waits, how="withdrawn")
    book.add(
        "dec-c-proposed",
        cases.DecisionProposed,
        "case-c",
        kind="no_action",
        ads=[name_of("c")],
        reason="nothing there, I looked again",
        case=name_of("case-c"),
        decision=name_of("dec-c"),
    )
    book.clock("dec-c-clock", "case-c", None, waits, 12 * HOUR)
    book.decided("dec-c", "case-c", "no_action", ["c"], second="staff:2")
    book.stopped("alert-2-clock", "case-c", ALERT_ANSWER.name)
    book.stopped("dec-c-clock", "case-c", waits)
    book.answered("alert-2", "case-c", "dec-c", "declined")
    book.told("c", "restore", "decision")
    book.dated("c", "decided-no", APPEAL_PERIOD.ends(Millis(book.story.time)))


def _reports_in_every_state(book: Book) -> None:
    for ad in ("d", "e", "f"):
        book.received(ad, f"A job of kind {ad}.")
        book.judged(ad)
        book.opened_case(f"case-{ad}", [ad], "staff")
        book.decided(f"dec-{ad}", f"case-{ad}", "report", [ad])
        book.held(ad, f"case-{ad}", "decision")
        book.report(f"rep-{ad}", f"dec-{ad}", f"case-{ad}", [ad])
    stop = {"why": "an answer of an unknown kind"}
    book.of_report("stopped-1", reports.ReportNeedsPerson, "rep-d", ["d"], **stop)
    book.of_report("resumed", reports.ReportResumed, "rep-d", ["d"], what="bytes mended")
    book.of_report("stopped-2", reports.ReportNeedsPerson, "rep-d", ["d"], **stop)
    book.add(
        "dec-f-undone",
        cases.DecisionUndone,
        "case-f",
        case=name_of("case-f"),
        decision=name_of("dec-f"),
        reason="the wrong ad",
    )
    both = {"decision": name_of("dec-f")}
    book.of_report("withdrawn", reports.ReportWithdrawn, "rep-f", ["f"], **both)
    book.add(
        "f-hold-released",
        preservation.HoldReleased,
        "f/closed",
        hold=name_of("f/hold"),
        ad=name_of("f"),
        approvers=["staff:1", "staff:2"],
        reason="the wrong ad",
    )


def _erased(book: Book) -> None:
    book.received("g", "An old sofa.")
    book.judged("g")
    book.add(
        "g-erased",
        preservation.ErasurePerformed,
        "g/closed",
        ad=name_of("g"),
        basis="retention",
        approvers=["staff:1", "staff:2"],
        leaves=[Leaf("g-received")],
        data_groups=list(ERASED["g-received"]),
    )


def _still_open(book: Book) -> None:
    book.received("h", "A lamp.")
    book.alerted("alert-3", None, "case-h")
    book.opened_case("case-h2", ["h"], "staff")
    merged(book, "case-h2", "case-h", ["h"], [])
    name = book.told("h", "withhold", "availability", acknowledged=False, seen=None)
    book.add(
        "dec-h-proposed",
        cases.DecisionProposed,
        "case-h",
        kind="no_action",
        ads=[name_of("h")],
        reason="nothing there",
        case=name_of("case-h"),
        decision=name_of("dec-h"),
    )
    book.clock("dec-h-clock", "case-h", None, SECOND_ANSWER.name, HOUR)
    book.story.now += HOUR
    book.add(
        "dec-h-lapsed",
        cases.ProposalLapsed,
        "case-h",
        after=0,
        case=name_of("case-h"),
        decision=name_of("dec-h"),
        becomes="head_on_call",
        policy=None,
    )
    book.stopped("dec-h-clock", "case-h", SECOND_ANSWER.name, how="lapsed")
    book.add(
        f"{name}-overdue",
        directives.DirectiveOverdue,
        "h/closed",
        directive=name_of(name),
        ad=name_of("h"),
        state="issued",
    )


def merged(book: Book, case: str, into: str, on: list[str], alerts: list[str]) -> None:
    """What waits in `case` waits in `into` from now on: both chains say so."""
    for side, subject in (("from", case), ("into", into)):
        book.add(
            f"{case}-merged-{side}",
            cases.CaseMerged,
            subject,
            case=name_of(into),
            merged=name_of(case),
            side=side,
            ads=[name_of(ad) for ad in on],
            alerts=[name_of(alert) for alert in alerts],
            clocks=[name_of(f"{alert}-clock") for alert in alerts],
            urgency=20,
            reason="the same phone",
        )


def end_of(story: Story) -> Millis:
    """Ten minutes after the last step."""
    return Millis(START + story.now + 10 * MINUTE)
