"""A real installation that is killed, a receiver that runs on, clients that keep their receipts."""

import hashlib
import io
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from PIL import Image, ImageDraw
from sqlalchemy import func, select
from tests.installation import PASSWORD, Installation, until
from tests.kills.moments import Plan, Strike
from tests.kills.proxy import Moment, TiplineProxy, started_proxy

from answerable.access.model import Actor
from answerable.adapters.clock import SystemTime
from answerable.adapters.sql import core
from answerable.adapters.sql.work import SqlWork
from answerable.apps.export import export_bundle
from answerable.apps.receiver import ReceiverSettings, export_finished, started_receiver
from answerable.apps.wiring import House, open_house
from answerable.cases.model import Basis, BasisKind, Choice, DecisionKind
from answerable.events.duties.sums import finished_against, take_sums
from answerable.events.evidence import Purpose, Reading
from answerable.kernel.ids import ActorId
from answerable.kernel.sealed import Sealed
from answerable.ledger.checkpoint import verify_checkpoint
from answerable.ledger.merkle import consistency_proof, root_at, verify_consistency
from answerable.ledger.policy import read_policy
from answerable.reports.document.files import revision_file, sha256
from answerable.reports.model import Status
from answerable.verifier.files import opened_of, verify_path

ADS = 4
MARKER = "bluelantern"
LOOK_SECONDS = 0.05

WHY = Reading(purpose=Purpose.AUDIT, by=ActorId("system:test"), about="a test")


@dataclass
class Struck:
    """One kill as it was: which moment, whom, and which duties stood open just then."""

    moment: str
    victims: tuple[str, ...]
    open_duties: dict[str, int]


@dataclass
class World:
    """One installation over many kills."""

    installation: Installation
    house: House
    proxy: TiplineProxy
    receiver_db: Path
    folder: Path
    ana: Actor
    acknowledged: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    heads: dict[bytes, None] = field(default_factory=dict)
    struck: list[Struck] = field(default_factory=list)
    decided: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def play(self, plan: Plan) -> list[Struck]:
        """One seed: words come in, an alert, a decision to report; and kills on the way."""
        before = len(self.struck)
        self._intake(plan)
        self.wait_back()
        self._alerts(plan)
        self.wait_back()
        self._report(plan)
        self.wait_back()
        until(self.settled, f"no open duty after seed {plan.seed}")
        assert not self.proxy.faults, self.proxy.faults
        struck = self.struck[before:]
        assert [s.moment for s in struck] == [s.moment.name for s in plan.strikes]
        return struck

    # What happens

    def _intake(self, plan: Plan) -> None:
        count = Countdown(plan.coming_in, "intake", self.strike)
        with ThreadPoolExecutor(ADS) as pool:
            for done in [pool.submit(self._one_ad, plan.seed, n, count) for n in range(ADS)]:
                done.result()
        count.must_have_come()

    def _one_ad(self, seed: int, number: int, count: "Countdown") -> None:
        """What a site sends about one ad, each request again until it is acknowledged."""
        name = f"ad-{seed}-{number}"
        words = f"room with a bicycle, call 202-555-01{number}0"
        text, section = {"title": f"Flat {name}", "body": words}, "housing"
        body: dict[str, Any] = {"text": text, "section": section}
        if number % 2 == 0:
            body["text"]["body"] += f", {MARKER}"
        if number == 0:
            body["attachments"] = [self._picture(seed)]
        sends = [("POST", "/v1/ads", {**body, "external_id": name})]
        if number in (0, 3):
            revised = {**body, "text": {**body["text"], "title": f"Flat to share {name}"}}
            sends.append(("POST", f"/v1/ads/{name}/revisions", revised))
        for kind in ("published", "renewed") if number < 2 else ("published",):
            news = {"external_id": name, "kind": kind, "url": f"https://ads.example.com/{name}"}
            sends.append(("POST", "/v1/placements", news))
        for step, (method, path, said) in enumerate(sends):
            self._send(method, path, said, key=f"{name}/{step}")
            count.one()

    def _picture(self, seed: int) -> dict[str, str]:
        """A drawn shape, stored by PUT /v1/files."""
        image = Image.new("RGB", (24, 24), "white")
        ImageDraw.Draw(image).rectangle((2, 2, 4 + seed % 16, 12), fill="teal")
        out = io.BytesIO()
        image.save(out, "PNG")
        raw = out.getvalue()
        digest = hashlib.sha256(raw).hexdigest()
        answer = self._insist(
            lambda api: api.put("/v1/files", content=raw, headers={"Content-Type": "image/png"})
        )
        assert answer["sha256"] == digest
        self.files[digest] = raw
        return {"sha256": digest, "media_type": "image/png", "original_name": "shape.png"}

    def _alerts(self, plan: Plan) -> None:
        count = Countdown(plan.coming_in, "alert", self.strike)

        def one(number: int) -> None:
            said = {
                "ad": f"ad-{plan.seed}-0",
                "reasons": ["minor_suspected"],
                "text": "Please look at this ad today.",
                "role": "public",
                "nonce": f"alert-{plan.seed}-{number}",
            }
            self._send("POST", "/v1/alerts", said, key=None)
            count.one()

        with ThreadPoolExecutor(3) as pool:
            for done in [pool.submit(one, number) for number in range(3)]:
                done.result()
        count.must_have_come()

    def _report(self, plan: Plan) -> None:
        """Ana reads the alerted ad whole and decides; filing is killed twice on its way."""
        house, site = self.house, self.house.site
        ad = house.store.read(lambda work: work.ads.find(site, f"ad-{plan.seed}-0"))
        assert ad is not None
        cases = house.store.read(lambda work: work.cases.cases_of(site, ad.id, 5))
        case = next(case for case in cases if ad.id in case.undecided)
        chain = house.store.read(lambda work: work.chain_of(site, ad.open_subject))
        for recorded in chain:
            text = getattr(recorded.event, "text", None)
            if text is not None:
                digest = sha256(revision_file(text))
                house.view_evidence(site, self.ana, case.id, digest, full=True)
        self.proxy.arm(*((s.moment, self._striker(s)) for s in plan.filing))
        choice = Choice(
            kind=DecisionKind.REPORT,
            ads=(ad.id,),
            reason="The alert and the words of the ad agree.",
            basis=(Basis(kind=BasisKind.ALERT, words=None),),
            urgent=True,
            urgent_reason="The alert asks for an answer today.",
        )
        decision = house.decide_case(site, self.ana, case.id, choice).id
        self.decided.append(decision)
        until(lambda: self.proxy.spent, f"the moments of seed {plan.seed}: {plan.filing}")
        until(lambda: self._status(decision) is Status.FINISHED, "the report is finished")

    def _status(self, decision: Any) -> Status | None:
        duty = self.house.store.read(
            lambda work: work.reports.of_decision(self.house.site, decision)
        )
        assert duty is None or duty.status is not Status.NEEDS_PERSON, duty
        return None if duty is None else duty.status

    # The client, who asks again until it is answered

    def _send(self, method: str, path: str, said: dict[str, Any], key: str | None) -> None:
        headers = {} if key is None else {"Idempotency-Key": key}
        told = self._insist(
            lambda api: api.request(method, path, json=said, headers=headers, params={"wait_ms": 0})
        )
        receipt = told["receipt"]
        with self._lock:
            self.acknowledged[receipt["leaf_hash"]] = receipt["promise"]

    def _insist(self, ask: Callable[[httpx.Client], httpx.Response]) -> dict[str, Any]:
        def once() -> dict[str, Any] | None:
            try:
                with self.installation.api() as api:
                    answer = ask(api)
            except httpx.TransportError:
                return None
            if answer.status_code == 503:
                return None
            assert answer.status_code == 201, answer.text
            return dict(answer.json())

        return until(once, "an acknowledgement")

    # The kills

    def _striker(self, strike: Strike) -> Callable[[], None]:
        return lambda: self.strike(strike)

    def strike(self, strike: Strike) -> None:
        """kill -9, wait until they are dead, and write down what was open just then."""
        pids = until(lambda: self._all_of(strike.victims), f"{strike.victims} live")
        self.installation.kill(*strike.victims)
        for pid in pids.values():
            until(lambda pid=pid: is_dead(pid), f"process {pid} is dead")  # type: ignore[misc]
        self._keep(self.house.tiles.checkpoint())
        struck = Struck(
            moment=strike.moment.name, victims=strike.victims, open_duties=self.open_duties()
        )
        self.struck.append(struck)

    def _all_of(self, victims: tuple[str, ...]) -> dict[str, int] | None:
        pids = self.installation.pids()
        found = {name: pids[name] for name in victims if name in pids}
        alive = len(found) == len(victims) and not any(map(is_dead, found.values()))
        return found if alive else None

    def wait_back(self) -> None:
        """Until the supervisor started again what was killed, and all is healthy."""

        def back() -> bool:
            pids = self.installation.pids()
            return {"app", "signer"} <= set(pids) and not any(map(is_dead, pids.values()))

        until(back, "the supervisor starts what was killed")
        self.installation.wait_healthy()

    # What is open

    def open_duties(self) -> dict[str, int]:
        """How many duties stand open, by kind. Leaves that wait for the log are not among them."""

        def look(work: SqlWork) -> dict[str, int]:
            found = {
                str(row.service): int(row.n)
                for row in work.conn.execute(
                    select(core.outbox.c.service, func.count().label("n")).group_by(
                        core.outbox.c.service
                    )
                )
            }
            reports = work.reports.open_duties(self.house.site, 1_000)
            cases = work.cases.queue(self.house.site, 100)
            waiting = [a for case in cases for a in case.alerts if a.answered is None]
            return {**found, "report": len(reports), "alert": len(waiting)}

        return {name: n for name, n in self.house.store.read(look).items() if n}

    def settled(self) -> bool:
        """Nothing owed, nothing parked, every event a leaf."""

        def unsequenced(work: SqlWork) -> int:
            return int(
                work.conn.execute(select(func.count()).select_from(core.unsequenced)).scalar_one()
            )

        return not self.open_duties() and not self.house.store.read(unsequenced)

    # What must be so

    def examine(self, name: str) -> None:
        """Everything acknowledged is in the bundle, the bundle verifies, the sums come out."""
        bundle = self.folder / f"bundle-{name}"
        export_bundle(self.house, bundle, lambda _: None)
        policy = read_policy(self.house.home.policy.read_bytes())
        held = self.folder / f"receipts-{name}"
        held.mkdir()
        for leaf, promise in self.acknowledged.items():
            (held / leaf).write_text(promise, "utf-8")
        outcome = verify_path(bundle, policy, sorted(held.iterdir()))
        assert outcome.exit_code == 0, [f.line() for f in outcome.findings]
        opened, _ = opened_of(bundle)
        leaves = {one.leaf_hash.hex() for one in opened}
        assert set(self.acknowledged) <= leaves
        self._once_each(opened)
        for digest, raw in self.files.items():
            assert self.house.files.read(self.house.site, digest, WHY) == raw
        self._one_report_each(opened)
        self._no_fork()

    def by_hand(self) -> None:
        """The two commands that an outsider's bundle comes from and goes through: both exit 0."""
        bundle, policy = str(self.folder / "bundle"), str(self.house.home.policy)
        exported = self.installation.cli("export", bundle)
        assert exported.returncode == 0, exported.stderr
        verified = self.installation.cli("verify", bundle, "--policy", policy)
        assert verified.returncode == 0, verified.stdout + verified.stderr

    def _once_each(self, opened: Any) -> None:
        """A request that was asked again under its key or nonce happened once."""
        ours = [o for o in opened if o.type in ("ad.received", "ad.revised", "alert.received")]
        placed = [o for o in opened if o.type in ("ad.published", "ad.renewed")]
        assert len(ours) + len(placed) == len(self.acknowledged)

    def _one_report_each(self, opened: Any) -> None:
        sums = take_sums(opened)
        there = [report.report_id for report in export_finished(self.receiver_db)]
        assert sums.balanced, sums.residual
        assert finished_against(sums, there) == ()
        assert sums.real.reports.pending == sums.real.reports.needs_person == 0
        assert len(there) == len(set(there)) == len(self.decided)
        owed = {o.get("report"): o.get("decision") for o in opened if o.type == "report.owed"}
        finished = [o for o in opened if o.type == "report.finished"]
        assert sorted(owed[o.get("report")] for o in finished) == sorted(self.decided)
        assert sorted(o.get("tipline_id") for o in finished) == sorted(there)

    def _no_fork(self) -> None:
        """Every two checkpoints that anyone saw are one history, proven from today's tiles."""
        policy = read_policy(self.house.home.policy.read_bytes())
        heads = {verify_checkpoint(raw, policy).head for raw in list(self.heads)}
        ordered = sorted(heads, key=lambda head: head.size)
        assert len({head.size for head in ordered}) == len(ordered), "two roots for one size"
        last = self.house.tiles.published()
        assert last is not None
        tiles = self.house.tiles.reader(last.size)
        assert root_at(last.size, tiles.hash_at) == last.root
        for place, new in enumerate(ordered):
            for old in ordered[:place]:
                proof = consistency_proof(old.size, new.size, tiles.hash_at)
                assert verify_consistency(old.size, new.size, old.root, new.root, proof)

    def _keep(self, raw: bytes | None) -> None:
        if raw is not None:
            self.heads[raw] = None

    def watch(self, stop: threading.Event) -> None:
        """A stranger who keeps every checkpoint the log ever showed."""
        while not stop.wait(LOOK_SECONDS):
            try:
                answer = httpx.get(f"{self.installation.base}/log/checkpoint", timeout=5)
            except httpx.TransportError:
                continue
            if answer.status_code == 200:
                self._keep(answer.content)


class Countdown:
    """Strikes at the n-th acknowledgement of its step, from whichever thread got it."""

    def __init__(self, strike: Strike, step: str, do: Callable[[Strike], None]) -> None:
        self._strike, self._do = strike, do
        self._left = strike.moment.nth if strike.moment.step == step else None
        self._lock = threading.Lock()

    def one(self) -> None:
        if self._left is None:
            return
        with self._lock:
            self._left -= 1
            now = self._left == 0
        if now:
            self._do(self._strike)

    def must_have_come(self) -> None:
        assert self._left is None or self._left <= 0, f"{self._strike.moment} never came"


def is_dead(pid: int) -> bool:
    """Gone, or only its exit code is left."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
    except (FileNotFoundError, ProcessLookupError):
        return True
    return told.rpartition(")")[2].split()[0] in ("Z", "X")


@contextmanager
def killable(folder: Path, **settings: Any) -> Iterator[World]:
    """A world that is up, with a receiver of its own that runs on through every kill."""
    receiver_db = folder / "tipline.sqlite3"
    heard = ReceiverSettings(port=0, db_path=receiver_db)
    with started_receiver(heard, SystemTime()) as receiver, started_proxy(receiver.origin) as proxy:
        installation = Installation(
            folder,
            tipline_url=proxy.base_url,
            tipline_user="test",
            tipline_password="test",
            **settings,
        )
        house = open_house(installation.settings)
        stop = threading.Event()
        try:
            installation.start()
            world = World(
                installation=installation,
                house=house,
                proxy=proxy,
                receiver_db=receiver_db,
                folder=folder,
                ana=house.log_in(house.site, "ana", Sealed(PASSWORD, label="test")).actor,
            )
            watcher = threading.Thread(target=world.watch, args=(stop,))
            watcher.start()
            try:
                yield world
            finally:
                stop.set()
                watcher.join()
        finally:
            installation.stop()
            house.close()


def line_of(database: str, plan: Plan, struck: list[Struck], seconds: float) -> str:
    """One line a seed, for whoever reads the run."""
    told = "; ".join(
        f"{'+'.join(s.victims)} at {s.moment}#{p.moment.nth} open {json.dumps(s.open_duties)}"
        for s, p in zip(struck, plan.strikes, strict=True)
    )
    return f"seed {plan.seed} on {database}: {told} ({seconds:.1f} s)"


__all__ = ["Moment", "Struck", "World", "is_dead", "killable", "line_of"]
