"""Every revision and placement is screened once, and the outcome is an event, whatever it is."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from answerable.events.ads import AdPlaced, AdReceived
from answerable.events.event import Recorded, event_header
from answerable.events.screening import CouldNotScreen, ScreeningOwed, ScreenJudged
from answerable.events.work import Runs
from answerable.kernel.errors import Breach
from answerable.kernel.ids import ActorId, AdId, EventId, PlacementId, Site
from answerable.kernel.sketch import Sketch
from answerable.screening.model import Contact, ContactKind, CouldNotJudge, Signal, Verdict
from answerable.screening.model import Outcome as VerdictOutcome
from answerable.screening.store import AdFacts, FoundContact, Outcome, Returned, ScreeningWork

SCREENER = ActorId("system:screening")
SERVICE = "screening.ScreenRevision"
COULD_NOT = "could-not-screen"
ERASED = "its words are erased"
ACCOUNT = "account"


HOUSE_RULE = {"kind": "withhold", "field": "", "start": 0, "end": 0, "technique": "plain"}
"""A rule about what became of an earlier ad points at no words of this one."""

Sketches = Callable[[Mapping[str, str]], Sketch]


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
    """With ad.received, revised, published, renewed, moved: the duty to screen."""

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
        **event_header(site, facts.closed_subject, SCREENER, work.now()),
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
    """The words of one revision, opened to be judged, and where they stand."""

    held: EventId
    text: Mapping[str, str] | None
    section: str
    jurisdiction: str
    language: str | None
    account: Mapping[str, Any] | None
    any_closed: bool


@dataclass(frozen=True, slots=True)
class _Judged:
    """What the pack said, and every contact of the revision with its normalised value.

    `strict`: what it says by the rules of every section; asked where some section is closed.
    """

    verdict: Verdict
    contacts: tuple[FoundContact, ...]
    strict: Verdict | None


class ScreenRevision:
    """Then, after screen.owed: judge the words and commit the outcome. A failure withholds."""

    def __init__(
        self, runs: Runs[ScreeningWork], screener: Screener, sketches: Sketches | None = None
    ) -> None:
        self._runs, self._screener, self._sketches = runs, screener, sketches

    def __call__(self, recorded: Recorded) -> None:
        event = recorded.event
        if not isinstance(event, ScreeningOwed):
            raise Breach(f"{event.TYPE} is not screening work")
        words = self._runs.read(lambda work: _open(work, event))
        try:
            judged: _Judged | CouldNotJudge = self._judge(words)
        except CouldNotJudge as fault:
            judged = fault
        sketch = self._sketch(words)

        def fn(work: ScreeningWork) -> None:
            if not work.once(recorded.id, SERVICE):
                return
            facts = work.screening.ad_facts(event.site, AdId(event.ad), lock=True)
            said = judged
            if not work.screening.has_words(words.held):  # else an erasure would come undone here
                said = CouldNotJudge(ERASED)
            elif sketch is not None:
                work.screening.put_sketch(event.site, facts.ad, event.revision, sketch)
            if isinstance(said, CouldNotJudge):
                self._failed(work, recorded, event, facts, said)
            else:
                self._judged(work, recorded, event, facts, words, said)

        self._runs.run(fn)

    def _sketch(self, words: _Words) -> Sketch | None:
        """Also of what could not be judged: it may come back too."""
        if self._sketches is None or words.text is None:
            return None
        return self._sketches(words.text)

    def _judge(self, words: _Words) -> _Judged:
        """What is not known of an ad is None to the pack: it never switches a rule off."""
        if words.text is None:
            raise CouldNotJudge(ERASED)
        verdict = self._screener.judge(
            words.text,
            section=words.section or None,
            jurisdiction=words.jurisdiction or None,
            language=words.language or None,
        )
        strict = None
        if words.any_closed:
            strict = self._screener.judge(
                words.text,
                section=None,
                jurisdiction=words.jurisdiction or None,
                language=words.language or None,
            )
        contacts = [*_found(verdict.contacts), *self._of_account(words.account or {})]
        return _Judged(verdict, tuple(contacts), strict)

    def _of_account(self, account: Mapping[str, Any]) -> Iterator[FoundContact]:
        """The poster's own e-mails and phones, spelled as those in words are, so that they meet."""
        told = [(ContactKind.EMAIL, mail.get("address")) for mail in account.get("emails") or ()]
        told += [(ContactKind.PHONE, phone.get("number")) for phone in account.get("phones") or ()]
        for kind, said in told:
            if said and said.strip():
                read = self._screener.judge({ACCOUNT: said}).contacts
                same = [contact.value for contact in read if contact.kind is kind]
                value = same[0] if same else said.strip().lower()
                yield FoundContact(kind=kind.value, value=_plain(value), field=ACCOUNT)

    def _failed(
        self,
        work: ScreeningWork,
        recorded: Recorded,
        event: ScreeningOwed,
        facts: AdFacts,
        fault: CouldNotJudge,
    ) -> None:
        (outcome,) = work.record(
            CouldNotScreen(
                **event_header(event.site, facts.closed_subject, SCREENER, work.now()),
                ad=event.ad,
                revision=event.revision,
                owed=recorded.leaf_hash.hex(),
                fault=str(fault),
                pack=dict(self._screener.identity),
            )
        )
        self._note(work, event, outcome, COULD_NOT, strong=False)

    def _judged(
        self,
        work: ScreeningWork,
        recorded: Recorded,
        event: ScreeningOwed,
        facts: AdFacts,
        words: _Words,
        judged: _Judged,
    ) -> None:
        site, now = event.site, work.now()
        notice = work.screening.closed_notice(site, words.section, words.jurisdiction, now)
        work.screening.put_contacts(site, facts.ad, event.revision, judged.contacts)
        verdict, returned = _with_kin(work, event, facts, judged, away=notice is None)
        said = _worst(verdict.outcome, returned, closed=notice is not None)
        strong = verdict.strong or bool(returned.rules)
        signals = [_told(signal) for signal in verdict.signals]
        signals += [{"rule": rule, **HOUSE_RULE} for rule in returned.rules]
        (outcome,) = work.record(
            ScreenJudged(
                **event_header(site, facts.closed_subject, SCREENER, now),
                ad=event.ad,
                revision=event.revision,
                owed=recorded.leaf_hash.hex(),
                verdict=said.value,
                reason=None if notice is None else f"section closed: {notice}",
                strong=strong,
                pack=dict(self._screener.identity),
                signals=signals,
                contacts_found=len(verdict.contacts),
            )
        )
        self._note(work, event, outcome, said.value, strong=strong)

    def _note(
        self,
        work: ScreeningWork,
        event: ScreeningOwed,
        outcome: Recorded,
        verdict: str,
        *,
        strong: bool,
    ) -> None:
        """The newest revision's outcome stays on top, whichever is judged last."""
        before = work.screening.outcome(event.site, AdId(event.ad))
        if before is not None and before.revision > event.revision:
            return
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


def _with_kin(
    work: ScreeningWork, event: ScreeningOwed, facts: AdFacts, judged: _Judged, *, away: bool
) -> tuple[Verdict, Returned]:
    """The verdict that counts, and what the networks know: an ad that moved is read strictly."""

    def ask(verdict: Verdict) -> Returned:
        rules = frozenset(signal.rule for signal in verdict.signals)
        return work.screening.returned(
            event.site, facts.ad, event.revision, rules, work.now(), away=away
        )

    returned = ask(judged.verdict)
    if not returned.moved or judged.strict is None:
        return judged.verdict, returned
    return judged.strict, ask(judged.strict)


def _worst(outcome: VerdictOutcome, returned: Returned, *, closed: bool) -> VerdictOutcome:
    """A closed section refuses, a rule of the house withholds; nothing makes it milder."""
    if closed:
        return VerdictOutcome.REFUSE
    if returned.rules and outcome is VerdictOutcome.PUBLISH:
        return VerdictOutcome.WITHHOLD
    return outcome


def _told(signal: Signal) -> dict[str, Any]:
    return {
        "rule": signal.rule,
        "kind": signal.kind.value,
        "field": signal.field,
        "start": signal.start,
        "end": signal.end,
        "technique": signal.technique,
    }


def _open(work: ScreeningWork, event: ScreeningOwed) -> _Words:
    """The words, and the section and jurisdiction of the placement that calls for screening."""
    facts = work.screening.ad_facts(event.site, AdId(event.ad))
    name = work.screening.revision_event(event.site, facts.ad, event.revision)
    held = work.recorded(name).event
    if not isinstance(held, AdReceived):
        raise Breach("a revision points at an event that is none")
    placed = None
    if event.placement is not None:
        placed = work.screening.placed_at(event.site, PlacementId(event.placement))
    section, jurisdiction = placed or (held.section or facts.section, facts.jurisdiction)
    return _Words(
        held=name,
        text=held.text,
        section=section,
        jurisdiction=jurisdiction,
        language=held.language,
        account=held.account,
        any_closed=work.screening.any_closed(event.site, work.now()),
    )


def _found(contacts: tuple[Contact, ...]) -> list[FoundContact]:
    return [
        FoundContact(kind=c.kind.value, value=_plain(c.value), field=c.field, technique=c.technique)
        for c in contacts
    ]


def _plain(value: str) -> str:
    """A contact as a column can hold it: what is hidden in it reaches nobody either."""
    return value.replace("\x00", "")
