"""reports.document.profile: which edition of NCMEC's schema the documents are made for.

A fact is never lost to an edition that has no element for it: `fitted` says it in words beside
where it belongs, and where those words have no room it stays, and `check` names it.
"""

from dataclasses import replace
from typing import Any, TypeVar, cast

from answerable.reports.document import model as m
from answerable.reports.document.limits import TEXT_MAX, units
from answerable.reports.document.values import Profile

T = TypeVar("T", bound=m.Fragment)


ADDED: frozenset[tuple[type[m.Fragment], str]] = frozenset(
    {
        (m.ReportAnnotations, "informational"),
        (m.Person, "age_assertion_discrepancy"),
        (m.AssociatedAccount, "age_assertion_discrepancy"),
    }
)
"""The fields of the model that only the newer edition has an element for."""


def carries(profile: Profile, owner: type[m.Fragment], field: str) -> bool:
    """Has this edition an element for this field of the model?"""
    return profile is Profile.NEWER or (owner, field) not in ADDED


INFORMATIONAL = "Annotation by the reporting company: informational."
_DISCREPANCY = {
    True: "ageAssertionDiscrepancy: the age given for this person is in doubt.",
    False: "ageAssertionDiscrepancy: no doubt about the age given for this person is known.",
}


def fitted(report: m.Report, profile: Profile) -> m.Report:
    """The report as this edition can carry it; the same report where it carries everything."""
    if profile is Profile.NEWER:
        return report
    report = _without_informational(report)
    reporter = report.reporter.reporting_person
    if reporter.age_assertion_discrepancy is not None:
        words = f"Reporting person: {_DISCREPANCY[reporter.age_assertion_discrepancy]}"
        noted = _said_in(report, words)
        if noted is not None:
            person = replace(reporter, age_assertion_discrepancy=None)
            report = replace(noted, reporter=replace(noted.reporter, reporting_person=person))
    return replace(
        report,
        person_or_user_reported=tuple(map(_fitted_party, report.person_or_user_reported)),
        intended_recipient=tuple(map(_fitted_party, report.intended_recipient)),
        victim=tuple(map(_fitted_party, report.victim)),
    )


def _without_informational(report: m.Report) -> m.Report:
    summary = report.incident_summary
    marks = summary.report_annotations
    if marks is None or not marks.informational:
        return report
    noted = _said_in(report, INFORMATIONAL)
    if noted is None:
        return report
    rest = replace(marks, informational=False)
    empty = rest == m.ReportAnnotations()
    kept = replace(summary, report_annotations=None if empty else rest)
    return replace(noted, incident_summary=kept)


def _fitted_party(party: T) -> T:
    """A suspect, recipient or victim whose person and linked accounts say only what there is."""
    for name in ("person_or_user_reported_person", "intended_recipient_person", "victim_person"):
        person = getattr(party, name, None)
        if person is not None and person.age_assertion_discrepancy is not None:
            noted = _said_in(party, _DISCREPANCY[person.age_assertion_discrepancy])
            if noted is not None:
                plain = replace(person, age_assertion_discrepancy=None)
                party = _with(noted, name, plain)
    linked = getattr(party, "associated_account", ())
    if linked:
        party = _with(party, "associated_account", tuple(map(_fitted_account, linked)))
    return party


def _fitted_account(account: m.AssociatedAccount) -> m.AssociatedAccount:
    if account.age_assertion_discrepancy is None:
        return account
    noted = _said_in(account, _DISCREPANCY[account.age_assertion_discrepancy])
    return account if noted is None else replace(noted, age_assertion_discrepancy=None)


def _said_in(thing: T, words: str) -> T | None:
    """`thing` with `words` in its additional information; None where they have no room."""
    held: str | tuple[str, ...] | None = getattr(thing, "additional_info")  # noqa: B009 - of T
    if isinstance(held, tuple):
        return _with(thing, "additional_info", (*held, words))
    text = f"{held}\n{words}" if held else words
    return _with(thing, "additional_info", text) if units(text) <= TEXT_MAX else None


def _with(thing: T, field: str, value: object) -> T:
    return cast(T, replace(cast(Any, thing), **{field: value}))  # every Fragment is a dataclass
