"""Reports in words: what happened to one, step by step; and its bytes as people read them. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from answerable.apps.console.report_rows import label
from answerable.events import cases, reports
from answerable.events.event import Event

OUTCOMES = {
    "referral": "a referral: law enforcement has it",
    "informational": "informational: not enough to act on",
    "police_contact": "the police were in touch",
    "other": "something else",
}
ABANDONED = {
    "retracted": "retracted",
    "expired": "it had lapsed",
    "submit-unknown": "the answer to its opening was lost; it lapses unfinished",
    "upload-unknown": "the answer to a file was lost",
    "upload-damaged": "a file arrived damaged",
}
CALLED = {"police": "the police", "hotline": "a hotline"}


def sentence_of_report(event: Event) -> str | None:
    """One sentence without full stop; None for what is no report's."""
    match event:
        case reports.ReportOwed():
            return "owed the report" + (", urgent" if event.urgent else "")
        case reports.ReportIntended():
            return (
                f"wrote down the exact bytes, SHA-256 {event.sha256[:12]}…, for {event.destination}"
            )
        case reports.ReportOpened():
            return f"opened it as {event.tipline_id or 'erased'} (attempt {event.attempt})"
        case reports.ReportFileSent():
            return f"sent file {event.number + 1}, {event.sha256[:12]}…"
        case reports.ReportAbandoned():
            return f"gave up a draft: {ABANDONED.get(event.how, event.how)}"
        case reports.ReportFinished():
            return f"finished it as NCMEC’s report {event.tipline_id or 'erased'}"
        case reports.ReportNeedsPerson():
            return "stopped: a person is needed"
        case reports.ReportResumed():
            return "let the filing go on"
        case reports.ReportWithdrawn():
            return "took the report back"
        case reports.ReportFollowedUp():
            return "owed it as a follow-up of an earlier report"
        case _:
            return _of_people(event)


def _of_people(event: Event) -> str | None:
    match event:
        case reports.ReportByHand():
            return f"filed it by hand, number {event.tipline_id or 'erased'}"
        case reports.ReportReconciled():
            return f"found number {event.tipline_id or 'erased'} on a list from NCMEC"
        case reports.OutcomeHeard():
            return f"heard what came of it: {OUTCOMES.get(event.outcome, event.outcome)}"
        case reports.ReportHandedOver():
            return f"handed it over by the route {event.route}, package {event.package[:12]}…"
        case reports.FactsAsked():
            return "asked the site for facts of a report"
        case reports.FactsTold():
            return "told facts for a report" + (", all that was asked" if event.complete else "")
        case cases.EmergencyCalled():
            how = "reached them" if event.reached else "reached nobody"
            return f"telephoned {CALLED.get(event.kind, event.kind)} ({event.called}): {how}"
        case _:
            return None


def words_of_report(event: Event) -> str | None:
    """The free words of whoever acted; None where there are none, or where they are erased."""
    match event:
        case reports.ReportNeedsPerson():
            return event.why or None
        case reports.ReportResumed():
            return event.what or None
        case reports.OutcomeHeard():
            return event.words or None
        case reports.ReportHandedOver():
            return ". ".join(filter(None, (event.to, event.how, event.reference))) or None
        case cases.EmergencyCalled():
            return ". ".join(filter(None, (event.reference, event.words))) or None
        case _:
            return None


# The report as NCMEC's public form asks for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One value of the report, to be copied. `within`: what it belongs to, "" where plain."""

    within: str
    label: str
    value: str
    told: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of the form."""

    title: str
    answers: tuple[Answer, ...]


TYPE, WHEN, WHERE, REPORTER, LAW, SUSPECT, CHILD, LOCATION, MORE = (
    "Incident type",
    "Date and time",
    "Where on the web",
    "Who reports",
    "Law enforcement that knows",
    "Suspect",
    "Child or victim",
    "Location",
    "Additional information",
)
SECTIONS = (TYPE, WHEN, WHERE, REPORTER, LAW, SUSPECT, CHILD, LOCATION, MORE)
_TOP = {
    "internetDetails": WHERE,
    "lawEnforcement": LAW,
    "reporter": REPORTER,
    "personOrUserReported": SUSPECT,
    "intendedRecipient": SUSPECT,
    "victim": CHILD,
}
_PLACES = frozenset({"estimatedLocation", "nonInternetIncident"})
_TIMES = frozenset({"incidentDateTime", "incidentDateTimeDescription"})


def form_of(xml: bytes) -> tuple[Section, ...]:
    """Every value of the report once, in the order of NCMEC's form; empty sections are left out."""
    found: dict[str, list[Answer]] = {title: [] for title in SECTIONS}
    for top in etree.fromstring(xml):
        for section, answer in _answers(top):
            found[section].append(answer)
    return tuple(
        Section(title=title, answers=tuple(answers)) for title, answers in found.items() if answers
    )


def _answers(top: etree._Element) -> Iterator[tuple[str, Answer]]:
    for element in top.iter():
        if not isinstance(element.tag, str) or (len(element) and not element.attrib):
            continue
        chain = [element, *element.iterancestors()][:-1][::-1]  # from the top down, no root
        names = [_name(one) for one in chain]
        yield (
            _section(chain),
            Answer(
                within=" · ".join(names[1:-1]) if len(names) > 1 else "",
                label=names[-1],
                value="" if len(element) else (element.text or ""),
                told=tuple((label(str(k)), str(v)) for k, v in element.attrib.items()),
            ),
        )


def _section(chain: list[etree._Element]) -> str:
    tags = [str(one.tag) for one in chain]
    if _PLACES & set(tags):
        return LOCATION
    if tags[0] == "incidentSummary":
        return WHEN if tags[-1] in _TIMES else TYPE
    return _TOP.get(tags[0], MORE)


def _name(element: etree._Element) -> str:
    """Its name, with its place where it stands beside others of its name."""
    parent = element.getparent()
    same = [] if parent is None else parent.findall(str(element.tag))
    number = f" {same.index(element) + 1}" if len(same) > 1 else ""
    return f"{label(str(element.tag))}{number}"
