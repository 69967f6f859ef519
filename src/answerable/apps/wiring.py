"""Wiring: which object does what STORY names. Made once per process, from settings and home."""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from answerable.access import service as access
from answerable.adapters.clock import SystemIds, SystemTime
from answerable.adapters.images.exif import read_exif
from answerable.adapters.mail import SmtpMail
from answerable.adapters.objects.files import Bucket, EvidenceFiles
from answerable.adapters.passwords import Argon2Passwords
from answerable.adapters.probe import HttpProbe
from answerable.adapters.signing.client import SignerClient
from answerable.adapters.signing.files import read_private
from answerable.adapters.signing.keys import AppKeys, ensure_app_keys
from answerable.adapters.sql.engine import open_engine, sqlite_url
from answerable.adapters.sql.outbox import Outbox
from answerable.adapters.sql.runner import Store
from answerable.adapters.sql.sequencer import Sequencer
from answerable.adapters.sql.vault import Vault, load_master
from answerable.adapters.sql.work import Heard, Surroundings
from answerable.adapters.tiles.folder import TileFolder
from answerable.adapters.webhook import Webhook
from answerable.ads import directives_service as directives
from answerable.ads import sections
from answerable.ads import service as ads
from answerable.ads.directives import Terms
from answerable.ads.origins import RegisterOrigin
from answerable.alerts import merged as alerts_merged
from answerable.alerts import service as alerts
from answerable.alerts import weighing
from answerable.alerts.flood import FloodTerms
from answerable.apps.alert_care import AlertCare
from answerable.apps.casewiring import CaseServices
from answerable.apps.dutywiring import DutyServices, mail_server
from answerable.apps.factwiring import FactServices, fact_services
from answerable.apps.home import Home, HomeFacts
from answerable.apps.keeping import Keeping
from answerable.apps.packwiring import PackServices
from answerable.apps.reporting import esp_facts, far_sides
from answerable.apps.reportwiring import ROUTE_DUTIES, ReportServices
from answerable.apps.settings import Settings
from answerable.apps.story import STORY
from answerable.apps.watching import index_of, posters_of
from answerable.cases import complaining, hearing, looks, resubmitted
from answerable.cases import service as cases
from answerable.cases.followed import ClockFollowUp
from answerable.cases.watching import OpenForWatch
from answerable.escalation import sending
from answerable.escalation import service as escalation
from answerable.events.event import Recorded
from answerable.kernel.errors import Breach
from answerable.kernel.ids import Ids, Site
from answerable.kernel.sealed import Sealed
from answerable.kernel.time import TimeSource
from answerable.networks import resubmissions
from answerable.networks.service import LinksOf
from answerable.ownership.service import PublishOwnership, ShowOwnership
from answerable.preservation import merged as holds_merged
from answerable.preservation import service as preservation
from answerable.preservation.disposal import lives
from answerable.preservation.process_service import HoldForProcess
from answerable.reports import filing
from answerable.reports import service as reports
from answerable.reports.document.files import revision_file, sha256
from answerable.reports.following import FollowUp
from answerable.screening import service as screening
from answerable.screening.judge import Engine
from answerable.screening.packs import demo_pack, load_pack
from answerable.screening.sketching import Sketcher
from answerable.watches import hearing as watching
from answerable.watches import service as watches
from answerable.watches.matching import Index
from answerable.watches.posters import SyncPosters

FILING_LANE = ("reports.FileReport", "reports.DiscardDraft")
SITE_LANE = ("ads.PushDirective", "ads.Observe")
BELLS_LANE = ("escalation.SendHook", "escalation.SendMail")
SCREENING_LANE = ("screening.ScreenRevision",)
WATCH_LANE = (watching.ASK_FOR_ALERT, watching.SEARCH_ARCHIVE)
SECTION_LANE = ("ads.ClearSection", "ads.RefillSection", "networks.NoteClosedSection")
CLAIMS: Mapping[tuple[str, ...], int] = {FILING_LANE: 1, SITE_LANE: 4}
"""Pieces claimed at once, where each may take long: who claimed them holds the others up."""


@dataclass
class House(CaseServices, DutyServices, FactServices, PackServices, ReportServices):
    """One process's view of an installation: its store and every service, wired."""

    settings: Settings
    home: Home
    facts: HomeFacts
    store: Store
    vault: Vault
    ids: Ids
    keys: AppKeys
    screener: Engine
    with_: Mapping[str, Callable[[Any, Recorded], None]]
    then: Mapping[str, Callable[[Recorded], None]]

    @property
    def site(self) -> Site:
        return Site(self.facts.site)

    @cached_property
    def files(self) -> EvidenceFiles:
        told = self.settings
        if not told.objects_bucket:
            return EvidenceFiles.in_folder(self.store, self.home.objects, self.vault, self.ids)
        bucket = Bucket(
            name=told.objects_bucket,
            endpoint=told.objects_endpoint,
            region=told.objects_region,
            key_id=Sealed(told.objects_key_id, label="object store key id"),
            secret=Sealed(told.objects_secret, label="object store key"),
        )
        return EvidenceFiles.in_bucket(self.store, bucket, self.vault, self.ids)

    @cached_property
    def tiles(self) -> TileFolder:
        return TileFolder(self.home.log(self.facts.site))

    @cached_property
    def signer(self) -> SignerClient:
        return SignerClient(self.home.signer_socket)

    @cached_property
    def receive_ad(self) -> ads.ReceiveAd:
        return ads.ReceiveAd(self.store, self.ids)

    @cached_property
    def place_ad(self) -> ads.PlaceAd:
        return ads.PlaceAd(self.store, self.ids)

    @cached_property
    def close_section(self) -> sections.CloseSection:
        return sections.CloseSection(self.store)

    @cached_property
    def closures(self) -> sections.ReadClosures:
        return sections.ReadClosures(self.store)

    @cached_property
    def receive_alert(self) -> alerts.ReceiveAlert:
        return alerts.ReceiveAlert(self.store, self.ids, self.lookup_key)

    @cached_property
    def look_up_alert(self) -> alerts.LookUpAlert:
        return alerts.LookUpAlert(self.store, self.lookup_key)

    @cached_property
    def lookup_key(self) -> Sealed[bytes]:
        return Sealed(private_bytes(self.home.lookup_key), label="look-up key")

    @cached_property
    def care(self) -> AlertCare:
        return AlertCare(self.store, self.ids, self.site)

    @cached_property
    def sketch_key(self) -> Sealed[bytes]:
        """Derived, one for each site: what is known again on one is not on another."""
        return site_key(self.lookup_key, "answerable/sketch/v1", self.site)

    @cached_property
    def kin_of(self) -> resubmissions.ReadKin:
        return resubmissions.ReadKin(self.store)

    @cached_property
    def migrations(self) -> resubmissions.ReadMigrations:
        return resubmissions.ReadMigrations(self.store)

    @cached_property
    def feed(self) -> directives.ReadFeed:
        return directives.ReadFeed(self.store)

    @cached_property
    def acknowledge(self) -> directives.Acknowledge:
        return directives.Acknowledge(self.store)

    @cached_property
    def register_origin(self) -> RegisterOrigin:
        return RegisterOrigin(self.store)

    @cached_property
    def links_of(self) -> LinksOf:
        return LinksOf(self.store)

    @cached_property
    def recheck(self) -> screening.Recheck:
        return screening.Recheck(self.store)

    @cached_property
    def watch_index(self) -> Index:
        return index_of(self.vault)

    @cached_property
    def ask_watch(self) -> watches.AskWatch:
        return watches.AskWatch(self.store, self.ids, self.watch_index)

    @cached_property
    def review_watch(self) -> watches.ReviewWatch:
        return watches.ReviewWatch(self.store, self.watch_index)

    @cached_property
    def run_on_watch(self) -> watches.RunOn:
        return watches.RunOn(self.store)

    @cached_property
    def read_watches(self) -> watches.ReadWatches:
        return watches.ReadWatches(self.store)

    @cached_property
    def sync_posters(self) -> SyncPosters | None:
        """None where no source of posters is named."""
        source = posters_of(self.settings)
        if source is None:
            return None
        return SyncPosters(self.store, self.ids, self.watch_index, source)

    @cached_property
    def standing_of_watch(self) -> watches.StandingOf:
        return watches.StandingOf(self.store)

    @cached_property
    def passwords(self) -> Argon2Passwords:
        return Argon2Passwords()

    @cached_property
    def create_token(self) -> access.CreateToken:
        return access.CreateToken(self.store, self.ids)

    @cached_property
    def create_staff(self) -> access.CreateStaff:
        return access.CreateStaff(self.store, self.ids, self.passwords)

    @cached_property
    def publish_ownership(self) -> PublishOwnership:
        return PublishOwnership(self.store)

    @cached_property
    def show_ownership(self) -> ShowOwnership:
        return ShowOwnership(self.store)

    @cached_property
    def authenticate(self) -> access.AuthenticateToken:
        return access.AuthenticateToken(self.store)

    @cached_property
    def log_in(self) -> access.LogIn:
        return access.LogIn(self.store, self.ids, self.passwords)

    @cached_property
    def log_out(self) -> access.LogOut:
        return access.LogOut(self.store)

    @cached_property
    def who_is(self) -> access.WhoIs:
        return access.WhoIs(self.store)

    @cached_property
    def read_case(self) -> cases.ReadCase:
        return cases.ReadCase(self.store)

    @cached_property
    def open_case(self) -> cases.OpenCaseByHand:
        return cases.OpenCaseByHand(self.store, self.ids)

    @cached_property
    def add_ad(self) -> cases.AddAd:
        return cases.AddAd(self.store)

    @cached_property
    def claim_case(self) -> cases.ClaimCase:
        return cases.ClaimCase(self.store)

    @cached_property
    def view_evidence(self) -> cases.ViewEvidence:
        """Words count as a file too: the one they are reported as."""
        return cases.ViewEvidence(self.store, lambda texts: sha256(revision_file(texts)))

    @cached_property
    def decide_case(self) -> cases.DecideCase:
        return cases.DecideCase(self.store, self.ids)

    @cached_property
    def propose_decision(self) -> cases.ProposeDecision:
        return cases.ProposeDecision(self.store, self.ids)

    @cached_property
    def second_decision(self) -> cases.SecondDecision:
        return cases.SecondDecision(self.store)

    @cached_property
    def contradict_decision(self) -> cases.ContradictDecision:
        return cases.ContradictDecision(self.store)

    @cached_property
    def undo_decision(self) -> cases.UndoDecision:
        return cases.UndoDecision(self.store, self.ids)

    @cached_property
    def keeping(self) -> Keeping:
        """Legal process and disposal, asked."""
        return Keeping(self.store, self.ids, self.files, self.settings)

    def sequencer(self, holder: str) -> Sequencer:
        return Sequencer(
            self.store,
            self.site,
            self.signer,
            self.tiles,
            holder=holder,
            lease_ms=self.settings.lease_ms,
        )

    def outbox(self, lane: tuple[str, ...], holder: str, *, urgent_only: bool = False) -> Outbox:
        """A worker for these services; `holder` names it to whoever takes over after it."""
        return Outbox(
            self.store,
            {name: self.then[name] for name in lane},
            holder=holder,
            lease_ms=self.settings.lease_ms,
            claim_max=CLAIMS.get(lane, 32),
            urgent_only=urgent_only,
        )

    def close(self) -> None:
        self.store.close()


def open_house(
    settings: Settings, *, time: TimeSource | None = None, ids: Ids | None = None
) -> House:
    """Everything wired over the home's database. Raises Refusal where there is no home."""
    home, chance, clock = Home(settings.home.resolve()), ids or SystemIds(), time or SystemTime()
    facts = home.facts()
    story: dict[str, Heard] = {}
    vault = load_master(home.master_key)
    store = Store(
        open_engine(settings.database or sqlite_url(home.database)),
        clock,
        Surroundings(ids=chance, vault=vault, story=story),
    )
    lives(settings.lives)  # refused now, and not once an hour
    screener = Engine(load_pack(settings.pack) if settings.pack else demo_pack())
    house = House(
        settings=settings,
        home=home,
        facts=facts,
        store=store,
        vault=vault,
        ids=chance,
        keys=app_keys(home, facts),
        screener=screener,
        with_=_with(settings, home, chance, index_of(vault)),
        then={},
    )
    house.then = _then(house)
    story.update(_heard(house))
    return house


def _with(
    settings: Settings, home: Home, ids: Ids, index: Index
) -> dict[str, Callable[[Any, Recorded], None]]:
    terms = Terms(up_within=settings.up_within_ms, down_within=settings.down_within_ms)
    hides_now: Any = weighing.HidesNow()  # a chapter's answer to another's question
    floods = FloodTerms(
        window=settings.flood_window_ms, site=settings.flood_site, account=settings.flood_account
    )
    return {
        "ads.HideAgain": directives.HideAgain(ids, terms),
        "ads.HideFirst": directives.HideFirst(ids, terms, hides_now),
        "ads.LetUp": directives.LetUp(),
        "ads.ObeyDecision": directives.ObeyDecision(ids, terms),
        "ads.ObeyVerdict": directives.ObeyVerdict(ids, terms),
        "alerts.FollowMerge": alerts_merged.FollowMerge(),
        "alerts.NoteAnswered": alerts.NoteAnswered(),
        "alerts.NoteAttached": alerts.NoteAttached(),
        "alerts.WeighAlert": weighing.WeighAlert(
            ids, lambda: private_bytes(home.lookup_key), floods
        ),
        "cases.AnswerAlerts": hearing.AnswerAlerts(),
        "cases.AnswerComplaints": complaining.AnswerComplaints(),
        "cases.ClockFollowUp": ClockFollowUp(ids),
        "cases.HearSource": looks.HearSource(ids),
        "cases.HideAgain": looks.HideAgain(ids),
        "cases.LookSoon": looks.LookSoon(ids),
        "cases.OpenForFinding": hearing.OpenForFinding(ids),
        "cases.OpenForWatch": OpenForWatch(ids),
        "cases.OpenOrJoinForAlert": hearing.OpenOrJoinForAlert(ids),
        "cases.ReviewWithAncestor": resubmitted.ReviewWithAncestor(ids),
        "cases.StopClocks": hearing.StopClocks(ROUTE_DUTIES),
        "escalation.MoveBell": escalation.MoveBell(),
        "escalation.RingForReport": escalation.RingForReport(ids),
        "escalation.SetBell": escalation.SetBell(),
        "escalation.StillBell": escalation.StillBell(),
        "networks.ForgetClosedSection": resubmissions.ForgetClosedSection(),
        "networks.NoteAncestor": resubmissions.NoteAncestor(),
        "networks.NoteResubmission": resubmissions.NoteResubmission(),
        "preservation.DateHolds": preservation.DateHolds(ids),
        "preservation.FollowMerge": holds_merged.FollowMerge(),
        "preservation.HoldForAlert": preservation.HoldForAlert(ids),
        "preservation.HoldForComplaint": preservation.HoldForComplaint(ids),
        "preservation.HoldForDecision": preservation.HoldForDecision(ids),
        "preservation.HoldForProcess": HoldForProcess(ids),
        "reports.FollowUp": FollowUp(ids, settings.facts_ms),
        "reports.OweReport": reports.OweReport(ids, settings.facts_ms),
        "reports.WithdrawReport": reports.WithdrawReport(),
        "screening.OweScreening": screening.OweScreening(),
        "watches.IndexAd": watching.IndexAd(index),
        "watches.MatchAd": watching.MatchAd(index),
    }


def _then(house: House) -> dict[str, Callable[[Recorded], None]]:
    settings, store = house.settings, house.store
    far_side = far_sides(settings)
    terms = Terms(up_within=settings.up_within_ms, down_within=settings.down_within_ms)
    return {
        "ads.ClearSection": sections.ClearSection(store, house.ids, terms),
        "ads.RefillSection": sections.RefillSection(store, house.ids, terms),
        "ads.Observe": directives.Observe(store, HttpProbe()),
        "ads.PushDirective": directives.PushDirective(
            store, Webhook(settings.webhook_url, Sealed(settings.webhook_secret, label="webhook"))
        ),
        "escalation.SendHook": sending.SendHook(
            store,
            Webhook(settings.alarm_url, Sealed(settings.alarm_secret, label="alarm hook")),
            settings.base_url,
        ),
        "escalation.SendMail": sending.SendMail(
            store, SmtpMail(mail_server(settings)), settings.base_url
        ),
        "reports.DiscardDraft": filing.DiscardDraft(store, far_side),
        "reports.FileReport": filing.FileReport(
            store,
            house.ids,
            house.files,
            far_side,
            esp_facts(settings),
            lease_ms=settings.lease_ms,
            by_hand=settings.tipline_route == "by_hand",
            undo_ms=settings.undo_ms,
            exif=read_exif,
            profile=settings.tipline_profile,
        ),
        **fact_services(settings, store, house.ids),
        "networks.NoteClosedSection": resubmissions.NoteClosedSection(store),
        "screening.ScreenRevision": screening.ScreenRevision(
            store, house.screener, Sketcher(lambda: house.sketch_key)
        ),
        watching.ASK_FOR_ALERT: watching.AskForAlert(store, house.ids, house.watch_index),
        watching.SEARCH_ARCHIVE: watching.SearchArchive(store, house.watch_index),
    }


def _heard(house: House) -> dict[str, Heard]:
    """STORY with objects in place of names. Raises Breach for a name that nobody answers to."""
    heard = {}
    for kind, row in STORY.items():
        missing = [n for n in row.with_ if n not in house.with_]
        missing += [n for n in row.then if n not in house.then]
        if missing:
            raise Breach(f"STORY names services that are not wired: {missing}")
        if row.with_ or row.then:
            heard[kind.TYPE] = Heard(
                with_=tuple(house.with_[name] for name in row.with_), then=row.then
            )
    return heard


def app_keys(home: Home, facts: HomeFacts) -> AppKeys:
    """The keys of a home that exists. Raises Breach where one is lost: none is made in its place,
    since nobody outside would believe a new one."""

    def lost() -> bytes:
        raise Breach(f"a key in {home.keys} is lost: restore it from its backup")

    return ensure_app_keys(home.keys, facts.origin, lost)


def site_key(key: Sealed[bytes], purpose: str, site: Site) -> Sealed[bytes]:
    """32 bytes of this site's own for one purpose, from a key of the installation."""
    derived = hmac.digest(key.open(), f"{purpose}\x00{site}".encode(), "sha256")
    return Sealed(derived, label=f"{purpose} of {site}")


def private_bytes(path: Path) -> bytes:
    """32 secret bytes kept 0600 in the home. Raises Breach where they are lost or damaged."""
    found = read_private(path)
    if found is None:
        raise Breach(f"the key file {path} is lost: restore it from its backup")
    if len(found) != 32:
        raise Breach(f"the key file {path} is damaged")
    return found
