"""The week, played: who does what when. Every act goes through the service that people use."""

import heapq
from collections.abc import Callable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from answerable.access.model import Actor
from answerable.ads.model import Channel, PlacementKind, PlacementNews, Submission
from answerable.alerts.sources import Kind as SourceKind
from answerable.apps.drill import plan
from answerable.apps.drill.plan import Planned, Source, Way
from answerable.apps.drill.room import Room
from answerable.apps.export import sequence_all
from answerable.apps.legal_export import make_export
from answerable.cases.model import Basis, BasisKind, Case, CaseStatus, Choice, DecisionKind
from answerable.events.evidence import Purpose, Reading
from answerable.kernel.ids import AdId
from answerable.kernel.time import DAY, HOUR, MINUTE
from answerable.preservation import process as law
from answerable.preservation.process import Paper, Process, Scope
from answerable.watches.model import Role as Asker
from answerable.watches.model import TermKind, Wish
from answerable.watches.terms import read_term

WEEK = 7 * DAY
SIGNED = {
    Source.FLAGGER: SourceKind.FLAGGER,
    Source.POLICE: SourceKind.POLICE,
    Source.HOTLINE: SourceKind.HOTLINE,
}
ALONE = {
    Way.REMOVE: DecisionKind.REMOVE,
    Way.LATE: DecisionKind.REMOVE,
    Way.RESTRICT: DecisionKind.RESTRICT,
    Way.WARN: DecisionKind.WARN,
    Way.REPORT: DecisionKind.REPORT,
    Way.URGENT: DecisionKind.REPORT,
}
PICTURED = ("ad-02", "ad-06", "ad-08")
"""Ads with a drawn picture, and each of them is reported."""
SUBPOENA_GROUPS = frozenset({"facts", "poster_pii"})
AFTER_A_DAY = 30 * HOUR


class Week:
    """Plays the plan in a room, once. `picture`: bytes of a drawn picture."""

    def __init__(self, room: Room, luck: Random, picture: bytes) -> None:
        self._room, self._luck, self._picture = room, luck, picture
        self._ads: dict[str, AdId] = {}
        self._accounts = plan.advertisers(luck)
        self._agenda: list[tuple[int, int, Callable[[], None]]] = []
        self._made = 0
        self._letter: Process | None = None
        self._subpoena: Process | None = None
        room.hourly = self._each_hour

    def play(self) -> None:
        """From Monday to the end of Sunday."""
        self._post_ads()
        for alert in plan.alerts(self._luck):
            self._at(alert.at, lambda a=alert: self._alert(a))  # type: ignore[misc]
        self._at(1 * DAY + 9 * HOUR, self._letter_served)
        self._at(1 * DAY + 11 * HOUR, self._watch)
        self._at(2 * DAY + 9 * HOUR, self._subpoena_served)
        self._at(2 * DAY + 14 * HOUR, self._watched_ad)
        self._at(2 * DAY + 16 * HOUR, self._complaint)
        self._at(3 * DAY + 9 * HOUR, self._subpoena_answered)
        self._at(4 * DAY + 11 * HOUR, self._close_section)
        self._at(4 * DAY + 18 * HOUR, self._flood)
        self._at(5 * DAY + 10 * HOUR, self._letter_renewed)
        while self._agenda:
            at, _, act = heapq.heappop(self._agenda)
            self._room.until(at)
            act()
        self._room.until(self._room.start + WEEK)
        self._room.obey()

    def _at(self, offset: int, act: Callable[[], None]) -> None:
        self._then(self._room.start + offset, act)

    def _then(self, at: int, act: Callable[[], None]) -> None:
        self._made += 1
        heapq.heappush(self._agenda, (at, self._made, act))

    def _later(self, span: int, act: Callable[[], None]) -> None:
        self._then(self._room.time.now() + span, act)

    def _each_hour(self) -> None:
        """By day somebody hears what rings."""
        if 8 <= self._room.hour_of_day() < 20:
            self._room.acknowledge_bells(self._staff("ben"))

    def _staff(self, login: str) -> Actor:
        return self._room.staff[login]

    # ads

    def _post_ads(self) -> None:
        for name in self._accounts:
            self._post(name, plan.words(self._luck, name))
        self._room.obey()

    def _post(self, name: str, text: dict[str, str]) -> None:
        house, site = self._room.house, self._room.site
        account = self._accounts.get(name, plan.ADVERTISERS[0])
        files: tuple[dict[str, str], ...] = ()
        if name in PICTURED:
            stored = house.files.put(site, self._picture + name.encode(), "image/png")
            files = ({"sha256": stored.sha256, "media_type": "image/png"},)
        submission = Submission(
            external_id=name,
            text=text,
            section="tents" if name in ("ad-30", "ad-31") else "things",
            attachments=files,
            account={"id": account, "emails": [{"address": f"{account}@example.com"}]},
        )
        self._ads[name] = house.receive_ad.receive(site, submission).ad
        placed = PlacementNews(
            external_id=name,
            kind=PlacementKind.PUBLISHED,
            section=submission.section,
            place={"city": "Springfield", "region": "US"},
            channel=Channel.WEB,
        )
        house.place_ad(site, placed)
        self._room.work()

    # alerts

    def _alert(self, alert: Planned) -> None:
        said: dict[str, object] = {
            "ad": alert.ad,
            "text": alert.text,
            "reasons": [alert.reason],
            "alerter": {"role": alert.source.value},
        }
        self._room.alert(said, SIGNED.get(alert.source))
        self._room.soon()
        wait = self._wait(alert)
        if wait is not None:
            self._later(wait, lambda: self._take(alert))

    def _wait(self, alert: Planned) -> int | None:
        """How long until somebody has it in hand; None: not this week."""
        match alert.way:
            case Way.OPEN:
                return None
            case Way.LATE:
                return AFTER_A_DAY
            case _:
                return alert.patience

    def _take(self, alert: Planned) -> None:
        """In hand and looked at; the decision follows."""
        ana, house, site = self._staff("ana"), self._room.house, self._room.site
        case = self._case(alert.ad)
        house.claim_case(site, ana, case.id)
        if alert.ad in PICTURED:
            digest = house.files.put(site, self._picture + alert.ad.encode(), "image/png").sha256
            house.files.read(
                site, digest, Reading(purpose=Purpose.REVIEW, by=ana.id, about=case.id)
            )
            house.view_evidence(site, ana, case.id, digest, full=True)
        think = self._luck.randrange(5, 40) * MINUTE
        if alert.ad == plan.LAST_REPORT:
            think = self._room.start + WEEK - 15 * MINUTE - self._room.time.now()
        if alert.way in ALONE:
            self._later(think, lambda: self._decide(alert))
        else:
            self._later(think, lambda: self._propose(alert))

    def _decide(self, alert: Planned, login: str = "ana", kind: DecisionKind | None = None) -> None:
        case, what = self._case(alert.ad), kind or ALONE[alert.way]
        self._room.house.decide_case(
            self._room.site, self._staff(login), case.id, self._choice(case, what, alert.way)
        )
        self._room.soon()

    def _choice(self, case: Case, kind: DecisionKind, way: Way) -> Choice:
        urgent = way is Way.URGENT
        return Choice(
            kind=kind,
            ads=tuple(case.undecided),
            reason=f"drill: {way.value}",
            basis=(Basis(kind=BasisKind.ALERT),) if kind is DecisionKind.REPORT else (),
            urgent=urgent,
            urgent_reason="an answer is asked for today" if urgent else None,
        )

    def _propose(self, alert: Planned) -> None:
        """No action, for a second to agree, contradict, or let lie."""
        case = self._case(alert.ad)
        choice = self._choice(case, DecisionKind.NO_ACTION, alert.way)
        self._room.house.propose_decision(self._room.site, self._staff("ana"), case.id, choice)
        think = self._luck.randrange(20, 90) * MINUTE
        match alert.way:
            case Way.DECLINE:
                self._later(think, lambda: self._second(alert.ad))
            case Way.CONTRADICT:
                self._later(think, lambda: self._contradict(alert))
            case _:
                self._later(14 * HOUR, lambda: self._head(alert))

    def _second(self, ad: str) -> None:
        """Ben agrees: the ad comes back, with credit for the time that it was not seen."""
        case = self._case(ad)
        assert case.proposal is not None, "somebody proposed it"
        self._room.house.second_decision(
            self._room.site,
            self._staff("ben"),
            case.id,
            case.proposal.decision,
            "drill: so it is",
        )
        self._room.soon()

    def _contradict(self, alert: Planned) -> None:
        """Ben says no; Cleo reports."""
        case = self._case(alert.ad)
        assert case.proposal is not None, "somebody proposed it"
        self._room.house.contradict_decision(
            self._room.site, self._staff("ben"), case.id, case.proposal.decision, "drill: no"
        )
        think = self._luck.randrange(5, 30) * MINUTE
        self._later(think, lambda: self._decide(alert, "cleo", DecisionKind.REPORT))

    def _head(self, alert: Planned) -> None:
        """What lapsed is with the head on call, who decides."""
        assert self._case(alert.ad).status is CaseStatus.HEAD_ON_CALL, "it lapsed at twelve hours"
        self._decide(alert, "cleo", DecisionKind.RESTRICT)

    def _case(self, ad: str) -> Case:
        return self._room.case_of(self._ads[ad])

    def _flood(self) -> None:
        """Eight strangers within four minutes, all against one advertiser, none naming a fact."""
        for number in range(8):
            ad = plan.FLOODED[min(number // 3, 2)]
            self._room.alert({"ad": ad, "text": "please look", "reasons": ["other"]})
            self._room.until(self._room.time.now() + MINUTE // 2)
        self._room.obey()
        for ad in plan.FLOODED:
            self._later(5 * MINUTE, lambda a=ad: self._look_at_flooded(a))  # type: ignore[misc]

    def _look_at_flooded(self, ad: str) -> None:
        case, ana = self._case(ad), self._staff("ana")
        self._room.house.claim_case(self._room.site, ana, case.id)
        choice = self._choice(case, DecisionKind.NO_ACTION, Way.DECLINE)
        self._room.house.propose_decision(self._room.site, ana, case.id, choice)
        self._later(40 * MINUTE, lambda: self._second(ad))

    # a complaint

    def _complaint(self) -> None:
        """A poster whose ad Ana removed asks for another look; Ben, who had no part in it, looks
        the next day and leaves it as it is."""
        words = "It is what it says. Please look again."
        self._room.house.complain.of_poster(self._room.site, plan.COMPLAINED, words)
        self._later(18 * HOUR, self._answer_complaint)

    def _answer_complaint(self) -> None:
        case, ben = self._case(plan.COMPLAINED), self._staff("ben")
        self._room.house.claim_case(self._room.site, ben, case.id)
        choice = self._choice(case, DecisionKind.REMOVE, Way.REMOVE)
        self._room.house.decide_case(self._room.site, ben, case.id, choice)
        self._room.soon()

    # the watch and the section

    def _watch(self) -> None:
        """Police look out for a number that nobody advertises yet."""
        house = self._room.house
        term = read_term(TermKind.PHONE, plan.WATCHED_PHONE, house.watch_index.read)
        wish = Wish(
            role=Asker.POLICE,
            organisation="Example police",
            terms=(term,),
            reason="drill: a number in an inquiry",
        )
        house.ask_watch(self._room.site, self._staff("cleo"), wish)

    def _watched_ad(self) -> None:
        """An ad with that number comes in; Cleo takes it down."""
        self._post("ad-41", {"title": "Piano, ad-41", "body": f"Call {plan.WATCHED_PHONE}."})
        self._room.soon()
        self._later(20 * MINUTE, self._decide_watched)

    def _decide_watched(self) -> None:
        case, cleo = self._case("ad-41"), self._staff("cleo")
        self._room.house.claim_case(self._room.site, cleo, case.id)
        choice = self._choice(case, DecisionKind.REMOVE, Way.REMOVE)
        self._room.house.decide_case(self._room.site, cleo, case.id, choice)
        self._room.soon()

    def _close_section(self) -> None:
        self._room.house.close_section.close(
            self._room.site,
            "tents",
            "US",
            "No tents here for now.",
            "drill: a section is closed",
            self._staff("cleo").id,
        )
        self._room.soon()

    # legal process

    def _paper(self, kind: law.Kind, reference: str, scope: Scope) -> Process:
        house, cleo = self._room.house, self._staff("cleo")
        stored = house.files.put(self._room.site, f"drawn: {reference}".encode(), "application/pdf")
        paper = Paper(
            kind=kind,
            jurisdiction="US",
            authority="Example County Court",
            reference=reference,
            contact="desk@example.org",
            served=self._room.time.now(),
            document=stored.sha256,
            scope=scope,
        )
        return house.keeping.receive_process(self._room.site, cleo, paper)

    def _letter_served(self) -> None:
        scope = Scope(ads=("ad-02",))
        self._letter = self._paper(law.Kind.PRESERVATION_LETTER, "L-1", scope)

    def _letter_renewed(self) -> None:
        assert self._letter is not None, "the letter came first"
        house, site = self._room.house, self._room.site
        stored = house.files.put(site, b"drawn: L-1, again", "application/pdf")
        house.keeping.renew_process(
            site,
            self._staff("cleo"),
            self._letter.id,
            reference="L-1, again",
            document=stored.sha256,
        )

    def _subpoena_served(self) -> None:
        scope = Scope(accounts=(self._accounts["ad-06"],))
        self._subpoena = self._paper(law.Kind.SUBPOENA, "S-1", scope)

    def _subpoena_answered(self) -> None:
        """Two confirm exactly the same groups; then the archive is made and recorded."""
        assert self._subpoena is not None, "the subpoena came first"
        house, site = self._room.house, self._room.site
        for login in ("cleo", "finn"):
            house.keeping.confirm_export(
                site, self._staff(login), self._subpoena.id, SUBPOENA_GROUPS, "drill: as asked"
            )
        sequence_all(house, lambda _: None)
        with TemporaryDirectory(prefix="answerable-drill-") as folder:
            target = Path(folder) / "subpoena.zip"
            make_export(house, self._staff("cleo"), self._subpoena.id, None, target)
