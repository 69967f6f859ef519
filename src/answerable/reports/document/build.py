"""reports.document.build: from the facts of a case to the report and the files that go with it.

Reports text classified ads as child sex trafficking. Each ad has a web page incident of its own,
which names its external id, its account and its addresses: that is what "covered by report" rests
on. What is too long or too odd for an element is cut there and stands whole in notes.txt.
"""

from collections.abc import Iterable
from dataclasses import replace

from answerable.reports.document import facts as f
from answerable.reports.document import model as m
from answerable.reports.document.accounts import reported, victims
from answerable.reports.document.files import (
    OURS,
    FileToSend,
    files_for,
    notes_file,
    public,
    standing_line,
    word_file_name,
)
from answerable.reports.document.notes import Notes, one_line, said
from answerable.reports.document.parties import account_of, place_line, unique
from answerable.reports.document.profile import fitted
from answerable.reports.document.values import IncidentType, Moment, Profile
from answerable.reports.document.write import replaced_in


def report_for_ads(
    facts: f.CaseFacts, profile: Profile = Profile.NOV_2025
) -> tuple[m.Report, tuple[FileToSend, ...]]:
    """The report on 1..n ads, and its files in the order in which they are to be uploaded.

    Pure: the same facts give the same bytes. For any facts the result passes every check for this
    edition of the schema; nothing about the ads can stop a decided report from being filed.
    Source: 18 U.S.C. 2258A(b) for what a report may contain; NCMEC's reporting API for where.
    """
    notes = Notes()
    files = files_for(facts, notes)
    law = facts.law_enforcement
    report = m.Report(
        incident_summary=_summary(facts, notes),
        internet_details=tuple(
            m.InternetDetails(incident=page)
            for place, ad in enumerate(facts.ads, start=1)
            for page in _pages(facts, place, ad, notes)
        ),
        law_enforcement=_law_enforcement(law, notes) if law and law.agency.strip() else None,
        reporter=_reporter(facts.esp, notes),
        person_or_user_reported=(reported(facts, notes),),
        victim=victims(facts, notes),
    )
    lines = list(_story(facts, files))
    if replaced_in(replace(report, additional_info="\n".join(lines))):
        lines.insert(1, "Characters that XML cannot carry are shown as U+FFFD in this report.")
    report = replace(report, additional_info=notes.lines("report", lines))
    return fitted(report, profile), (*files, *notes_file(facts, notes))


def incident_moment(case: f.CaseFacts) -> tuple[Moment, str]:
    """When it happened, and what kind of moment that is.

    The start of the latest placement of a current revision, else of any; where nothing was ever
    placed, the submission. Placements that lie in the future (skewed clocks) do not count.
    """
    placed = [
        (one, revision is ad.current, ad)
        for ad in case.ads
        for revision in ad.revisions
        for one in revision.placements
        if one.start.at <= case.prepared_at.at
    ]
    if placed:
        one, current, ad = max(placed, key=lambda found: (found[1], found[0].start.at))
        first = min((found[0].start for found in placed), key=lambda at: at.at)
        words = "the current words of" if current else "earlier words of"
        return one.start, (
            f"Start of the latest known placement ({one_line(one.kind)}) of {words} ad "
            f"{ad.external_id}, channel {one.channel}, section {one_line(one.section)}. First "
            f"known placement of an ad of this report: {first.spelled()}. Not the time of "
            "reporting."
        )
    submitted = [(ad, ad.current.spooled_at or ad.current.received_at) for ad in case.ads]
    past = [found for found in submitted if found[1].at <= case.prepared_at.at]
    ad, at = max(past, key=lambda found: found[1].at) if past else (case.ads[0], None)
    return at or case.ads[0].current.received_at, (
        f"Submission of ad {ad.external_id} to the site; no placement of it is known. "
        "Not the time of reporting."
    )


def _summary(case: f.CaseFacts, notes: Notes) -> m.IncidentSummary:
    decision = case.decision
    at, kind = incident_moment(case)
    return m.IncidentSummary(
        incident_type=IncidentType.CHILD_SEX_TRAFFICKING,
        platform=notes.fit("platform", case.esp.platform, 256),
        escalate_to_high_priority=(
            notes.fit("urgency", decision.urgent_reason) if decision.urgent else None
        ),
        incident_date_time=at,
        incident_date_time_description=notes.fit("incident time", kind),
    )


def _pages(
    case: f.CaseFacts, place: int, ad: f.AdFacts, notes: Notes
) -> Iterable[m.WebPageIncident]:
    """One page for the ad with its own addresses, one more for copies on partners' servers."""
    placements = [one for revision in ad.revisions for one in revision.placements]
    where = f"ad {ad.external_id}"
    own = [one.url for one in placements if one.channel is not f.Channel.PARTNER]
    copies = [one.url for one in placements if one.channel is f.Channel.PARTNER]
    yield m.WebPageIncident(
        url=_urls(own, where, notes),
        additional_info=notes.lines(where, _ad_lines(case, place, ad)),
    )
    elsewhere = _urls(copies, where, notes)
    if elsewhere:
        yield m.WebPageIncident(
            third_party_hosted_content=True,
            url=elsewhere,
            additional_info=notes.fit(where, f"Copies of ad {ad.external_id} at a partner"),
        )


def _urls(urls: Iterable[str | None], where: str, notes: Notes) -> tuple[str, ...]:
    found = (notes.url(f"{where}: address", url) for url in urls)
    return unique(url for url in found if url is not None)


def _ad_lines(case: f.CaseFacts, place: int, ad: f.AdFacts) -> Iterable[str]:
    current = ad.current
    accounts = unique(account_of(ad, revision) for revision in reversed(ad.revisions))
    yield f"Ad {ad.external_id}"
    yield from (f"Account {account}" for account in accounts if account)
    yield f"Our record {ad.ad}; case {case.case}"
    told = {
        "Section": current.section,
        "Language": current.language,
        "Received": f"{current.provenance or 'unknown provenance'}, by "
        f"{current.source or 'unknown source'}, at {current.received_at.spelled()}",
        "Spooled at": current.spooled_at.spelled() if current.spooled_at else None,
    }
    yield from (f"{name}: {one_line(value)}" for name, value in told.items() if value)
    yield place_line(current.place)
    names = [word_file_name(place, revision) for revision in reversed(ad.revisions)]
    yield f"Whole words: file {names[0]}" + (
        f"; earlier versions: {', '.join(names[1:])}" if names[1:] else ""
    )
    if not any(public(revision, case) for revision in ad.revisions):
        yield "No placement before users' eyes is known."
    for revision in reversed(ad.revisions):
        yield from (_placement_line(revision, one) for one in revision.placements)
        yield from (standing_line(ad, revision, one) for one in revision.attachments)


def _placement_line(revision: f.RevisionFacts, one: f.PlacementFacts) -> str:
    until = f" to {one.end.spelled()}" if one.end else ""
    where = f", {one_line(said(one.place))}" if one.place else ""
    address = f": {one.url}" if one.url else ""  # literally: "covered by" looks for it
    return (
        f"Revision {revision.number} {one_line(one.kind)} on {one.channel}, section "
        f"{one_line(one.section)}{where}, from {one.start.spelled()}{until}{address}"
    )


def _story(case: f.CaseFacts, files: tuple[FileToSend, ...]) -> Iterable[str]:
    """Why this was reported, who looked at what, how it was found, what was done about it."""
    decision = case.decision
    policy = decision.by_role == f.BY_POLICY
    who = f"decision of a person ({one_line(decision.by_role)})"
    if policy:
        who = "the site's policy, for which two named people answer: no second person came,"
    yield (
        f"Reported by {who} at "
        f"{decision.at.spelled()}. Ads in this report: {len(case.ads)}. Case {case.case}."
    )
    for fact in decision.basis:
        yield f"Fact suggesting a minor ({fact.kind}): {one_line(fact.words)}"
    if not decision.basis:
        yield "The reviewer states no single fact suggesting a minor, and reports on suspicion."
    if decision.reason:
        whose = "Reason" if policy else "Reviewer's reason"
        yield f"{whose}: {one_line(decision.reason)}"
    if decision.urgent and not (decision.urgent_reason or "").strip():
        yield "The reviewer marked this urgent without giving a reason."
    theirs = [file for file in files if file.name not in OURS]
    seen = [file.name for file in theirs if file.description.file_viewed_by_esp]
    yield (
        f"Viewed whole by a person at the site: {len(seen)} of {len(theirs)} files of the ads"
        f"{': ' if seen else ''}{', '.join(seen)}."
    )
    for alert in case.alerts:
        role = f" from {one_line(alert.role)}" if alert.role else ""
        yield f"Alert{role} at {alert.received_at.spelled()}: {one_line(alert.summary)}"
    for signal in case.signals:
        how = f", {one_line(signal.technique)}" if signal.technique else ""
        yield (
            f"Signal: rule {signal.rule} of pack {signal.pack} {signal.pack_version} on ad "
            f"{signal.ad}, revision {signal.revision}{how}"
        )
    for ad in case.ads:
        yield from (_told_line(ad, told) for told in ad.told)
    yield from (_action_line(action) for action in case.actions)
    yield from (one_line(note) for note in case.notes)


def _told_line(ad: f.AdFacts, told: f.ToldFacts) -> str:
    note = f": {one_line(told.note)}" if told.note and told.note.strip() else ""
    return f"Told of ad {ad.external_id} by {told.by} at {told.received_at.spelled()}{note}"


def _action_line(action: f.ActionFacts) -> str:
    what = ", ".join(one for one in (action.ad, action.account) if one)
    told = {True: "; the advertiser was told", False: "; the advertiser was not told", None: ""}
    until = f", until {action.until.spelled()}" if action.until else ""
    return f"Done: {action.kind}: {what} at {action.at.spelled()}{until}{told[action.notified]}"


def _reporter(esp: f.EspFacts, notes: Notes) -> m.Reporter:
    person, contact = esp.reporter, esp.contact
    first, last = _names(person, notes)
    contact_names = _names(contact, notes) if contact else (None, None)
    return m.Reporter(
        reporting_person=m.Person(
            first_name=first,
            last_name=last,
            phone=_phones(person, notes),
            email=(m.Email(text=person.email),),
        ),
        contact_person=(
            m.ContactPerson(
                first_name=contact_names[0],
                last_name=contact_names[1],
                phone=_phones(contact, notes),
                email=(m.Email(text=contact.email),),
            )
            if contact
            else None
        ),
        company_template=notes.fit("company template", esp.company_template),
        terms_of_service=notes.fit("terms of service", esp.terms_of_service),
        legal_url=notes.url("legal address", esp.legal_url),
    )


def _names(person: f.EspPerson, notes: Notes) -> tuple[str | None, str | None]:
    return (
        notes.fit("reporter: first name", person.first_name, 100),
        notes.fit("reporter: last name", person.last_name, 100),
    )


def _phones(person: f.EspPerson, notes: Notes) -> tuple[m.Phone, ...]:
    phone = notes.fit("reporter: phone", person.phone, 50)
    return (m.Phone(text=phone),) if phone else ()


def _law_enforcement(law: f.LawEnforcementFacts, notes: Notes) -> m.LawEnforcement:
    return m.LawEnforcement(
        agency_name=notes.fit("agency", law.agency, 255) or law.agency,
        case_number=notes.fit("agency's case number", law.case_number, 100),
        reported_to_le=law.reported_to_le,
    )
