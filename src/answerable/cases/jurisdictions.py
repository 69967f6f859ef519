"""Whose duties a site takes on: the jurisdictions it serves, said in the record.

An auditor can so tell a duty that does not apply from one that was left out.
"""

from collections.abc import Iterable
from typing import Protocol

from answerable.access.consent import Consent, ConsentStore, agree
from answerable.access.decide import require
from answerable.access.model import Actor, Permission
from answerable.cases.store import CasesWork
from answerable.events.duties.clocks import JURISDICTIONS
from answerable.events.event import event_header
from answerable.events.house import SiteServes
from answerable.events.work import Runs
from answerable.kernel.errors import Conflict, Refusal
from answerable.kernel.ids import Site

REASON_CHARS_MAX = 500
GIVE_UP = "give-up:"


class ServeWork(CasesWork, Protocol):
    """A transaction in which two people can agree to give a jurisdiction up."""

    @property
    def consents(self) -> ConsentStore: ...


def given_up(consent: Consent) -> tuple[str, ...]:
    """The jurisdictions that this consent names."""
    return tuple(consent.what.removeprefix(GIVE_UP).split(","))


class Serve:
    """Take on the duties of jurisdictions; giving one up takes two people.

    Clocks that run already run on as they were.
    """

    def __init__(self, runs: Runs[ServeWork]) -> None:
        self._runs = runs

    def served(self, site: Site) -> frozenset[str]:
        return self._runs.read(lambda work: work.cases.served(site))

    def __call__(
        self, site: Site, by: Actor, jurisdictions: Iterable[str], reason: str
    ) -> frozenset[str]:
        """Serve these as well. Saying again what holds records nothing.

        Raises Forbidden, or Refusal for a place without duties in the table or without a reason.
        """
        require(by, Permission.DUTY_SET, site)
        named = _named(jurisdictions)
        _check(reason)

        def fn(work: ServeWork) -> frozenset[str]:
            before = work.cases.served(site)
            after = before | named
            if after != before:
                _serve(work, site, by, after, reason, (by.id,))
            return after

        return self._runs.run(fn)

    def give_up(
        self, site: Site, by: Actor, jurisdictions: Iterable[str], reason: str
    ) -> frozenset[str] | None:
        """What is served now, or None: it waits for a second person, who asks for the same.

        Raises Forbidden, Conflict (not served), or Refusal.
        """
        require(by, Permission.DUTY_SET, site)
        named = _named(jurisdictions)
        _check(reason)
        if not named:
            raise Refusal("tick at least one jurisdiction")
        what = GIVE_UP + ",".join(sorted(named))

        def fn(work: ServeWork) -> frozenset[str] | None:
            before = work.cases.served(site)
            if not named <= before:
                raise Conflict("the site does not serve that", served=sorted(before))
            first = agree(work, site, what, by, reason)
            if first is None:
                return None
            _serve(work, site, by, before - named, first.reason, (first.by, by.id))
            work.consents.drop(site, GIVE_UP)
            return before - named

        return self._runs.run(fn)


def _named(jurisdictions: Iterable[str]) -> frozenset[str]:
    named = frozenset(name.strip().upper() for name in jurisdictions)
    if strange := sorted(named - set(JURISDICTIONS)):
        known = ", ".join(f"{code} ({name})" for code, name in JURISDICTIONS.items())
        raise Refusal(f"no duties are declared for {', '.join(strange)}; known: {known}")
    return named


def _check(reason: str) -> None:
    if not reason.strip() or len(reason) > REASON_CHARS_MAX:
        raise Refusal("say why, in a line", chars_max=REASON_CHARS_MAX)


def _serve(
    work: ServeWork,
    site: Site,
    by: Actor,
    after: frozenset[str],
    reason: str,
    approvers: tuple[str, ...],
) -> None:
    work.cases.put_served(site, after)
    work.record(
        SiteServes(
            **event_header(
                site, work.cases.site_subject(site), by.id, work.now(), org=by.organisation
            ),
            jurisdictions=sorted(after),
            reason=reason,
            approvers=list(approvers),
        )
    )
