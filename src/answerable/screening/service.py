"""Every revision and placement is screened once, and the outcome is an event, whatever it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from answerable.events.ads import AdPlaced, AdReceived
from answerable.events.event import Recorded
from answerable.events.screening import CouldNotScreen, PackActivated, ScreeningOwed, ScreenJudged
from answerable.events.work import Runs
from answerable.kernel.errors import Breach
from answerable.kernel.ids import ActorId, AdId, Site
from answerable.screening.model import Contact, CouldNotJudge, Verdict
from answerable.screening.model import Outcome as VerdictOutcome
from answerable.screening.store import AdFacts, FoundContact, Outcome, ScreeningWork

SCREENER = ActorId("system:screening")
SERVICE = "screening.ScreenRevision"


class Screener(Protocol):
    """A loaded pack, ready to judge. Pure: same words and facts, same verdict."""

    @property
    def identity(self) -> Mapping[str, str]:
        """id, version and digest of the pack."""
        ...

    def judge(
        self,
        fields: Mapping[str, str],
        *,
        section: str | None = None,
        jurisdiction: str | None = None,
        language: str | None = None,
    ) -> Verdict:
        """Raises CouldNotJudge; never answers publish for what it could not read."""
        ...


class OweScreening:
    """With ad.received, revised, published, renewed, moved: the duty to screen, on the closed chain."""

    def __call__(self, work: ScreeningWork, recorded: Recorded) -> None:
        event = recorded.event
        if isinstance(event, AdReceived):
            placement = None
        elif isinstance(event, AdPlaced):
            placement = event.placement
        else:
            raise Breach(f"{event.TYPE} calls for no screening")
        facts = work.screening.ad_facts(event.site, AdId(event.ad))
        work.record(
            owed(facts, event.site, event.revision, placement, event.TYPE.split(".")[1], work)
        )


def owed(
    facts: AdFacts,
    site: Site,
    revision: int,
    placement: str | None,
    cause: str,
    work: ScreeningWork,
) -> ScreeningOwed:
    """The event that opens the duty to screen one revision or placement."""
    return ScreeningOwed(
        site=site,
        subject=facts.closed_subject,
        happened=work.now(),
        known=work.now(),
        actor=SCREENER,
        ad=facts.ad,
        open_subject=facts.open_subject,
        revision=revision,
        placement=placement,
        cause=cause,
    )


class Recheck:
    """A routine re-check of an ad's last revision, e.g. under a new pack."""

    def __init__(self, runs: Runs[ScreeningWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, ad: AdId) -> None:
        def fn(work: ScreeningWork) -> None:
            facts = work.screening.ad_facts(site, ad)
            work.record(owed(facts, site, facts.last_revision, None, "recheck", work))

        self._runs.run(fn)


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of one revision, opened to be judged."""

    facts: AdFacts
    event: AdReceived


class ScreenRevision:
    """Then, after screen.owed: judge the words and commit the outcome. A failure withholds."""

    def __init__(self, runs: Runs[ScreeningWork], screener: Screener) -> None:
        self._runs, self._screener = runs, screener

    def __call__(self, recorded: Recorded) -> None:
        event = recorded.event
        if not isinstance(event, ScreeningOwed):
            raise Breach(f"{event.TYPE} is not screening work")
        words = self._runs.read(lambda work: _open(work, event))
        try:
            verdict: Verdict | CouldNotJudge = self._screener.judge(
                words.event.text,
                section=words.event.section,
                jurisdiction=words.facts.jurisdiction,
                language=words.event.language,
            )
        except CouldNotJudge as fault:
            verdict = fault

        def fn(work: ScreeningWork) -> None:
            if not work.once(recorded.id, SERVICE):
                return
            if isinstance(verdict, CouldNotJudge):
                self._failed(work, recorded, event, words, verdict)
            else:
                self._judged(work, recorded, event, words, verdict)

        self._runs.run(fn)

    def _failed(
        self,
        work: ScreeningWork,
        recorded: Recorded,
        event: ScreeningOwed,
        words: _Words,
        fault: CouldNotJudge,
    ) -> None:
        pack = dict(self._screener.identity)
        (outcome,) = work.record(
            CouldNotScreen(
                site=event.site,
                subject=words.facts.closed_subject,
                happened=work.now(),
                known=work.now(),
                actor=SCREENER,
                ad=event.ad,
                revision=event.revision,
                owed=recorded.leaf_hash.hex(),
                fault=str(fault),
                pack=pack,
            )
        )
        self._note(work, event, outcome, "could-not-screen", strong=False)

    def _judged(
        self,
        work: ScreeningWork,
        recorded: Recorded,
        event: ScreeningOwed,
        words: _Words,
        verdict: Verdict,
    ) -> None:
        notice = work.screening.closed_notice(
            event.site, words.event.section, words.facts.jurisdiction
        )
        said = VerdictOutcome.REFUSE if notice is not None else verdict.outcome
        contacts = [*_found(verdict.contacts), *_of_account(words.event.account)]
        work.screening.put_contacts(event.site, AdId(event.ad), event.revision, contacts)
        (outcome,) = work.record(
            ScreenJudged(
                site=event.site,
                subject=words.facts.closed_subject,
                happened=work.now(),
                known=work.now(),
                actor=SCREENER,
                ad=event.ad,
                revision=event.revision,
                owed=recorded.leaf_hash.hex(),
                verdict=said.value,
                reason=None if notice is None else f"section closed: {notice}",
                strong=verdict.strong,
                pack=dict(self._screener.identity),
                signals=[
                    {
                        "rule": s.rule,
                        "kind": s.kind.value,
                        "field": s.field,
                        "start": s.start,
                        "end": s.end,
                        "technique": s.technique,
                    }
                    for s in verdict.signals
                ],
                contacts_found=len(verdict.contacts),
            )
        )
        self._note(work, event, outcome, said.value, strong=verdict.strong)

    def _note(
        self,
        work: ScreeningWork,
        event: ScreeningOwed,
        outcome: Recorded,
        verdict: str,
        *,
        strong: bool,
    ) -> None:
        pack = self._screener.identity
        work.screening.put_outcome(
            event.site,
            Outcome(
                ad=AdId(event.ad),
                revision=event.revision,
                verdict=verdict,
                strong=strong,
                pack=f"{pack['id']} {pack['version']}",
                event=outcome.id,
                at=work.now(),
            ),
        )


def _open(work: ScreeningWork, event: ScreeningOwed) -> _Words:
    facts = work.screening.ad_facts(event.site, AdId(event.ad))
    held = work.recorded(work.screening.revision_event(event.site, facts.ad, event.revision)).event
    if not isinstance(held, AdReceived):
        raise Breach("a revision points at an event that is none")
    return _Words(facts=facts, event=held)


def _found(contacts: tuple[Contact, ...]) -> list[FoundContact]:
    return [
        FoundContact(kind=c.kind.value, value=c.value, field=c.field, technique=c.technique)
        for c in contacts
    ]


def _of_account(account: Mapping[str, Any] | None) -> list[FoundContact]:
    """The poster's own e-mails and phones, as the site states them."""
    if account is None:
        return []
    found = [
        FoundContact(kind="email", value=e["address"].strip().lower(), field="account")
        for e in account.get("emails", ())
    ]
    phones = [
        FoundContact(kind="phone", value=p["number"].strip(), field="account")
        for p in account.get("phones", ())
    ]
    return found + phones


class ActivatePack:
    """From now on this pack judges. An event, with whoever approved it."""

    def __init__(self, runs: Runs[ScreeningWork]) -> None:
        self._runs = runs

    def __call__(
        self, site: Site, identity: Mapping[str, str], approvers: tuple[str, ...], actor: ActorId
    ) -> bool:
        """True if the pack was not the active one before."""

        def fn(work: ScreeningWork) -> bool:
            if work.screening.active_pack(site) == identity["digest"]:
                return False
            name = f"{identity['id']} {identity['version']}"
            work.screening.put_active_pack(site, identity["digest"], name, work.now())
            work.record(
                PackActivated(
                    site=site,
                    subject=work.screening.site_subject(site),
                    happened=work.now(),
                    known=work.now(),
                    actor=actor,
                    pack=dict(identity),
                    approvers=list(approvers),
                )
            )
            return True

        return self._runs.run(fn)
