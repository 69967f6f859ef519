"""Disposal in action: proposed by a schedule or a request, signed by two, performed in parts.

The job may be killed anywhere: what a part did is committed with its event, and the next call
goes on with the items that still wait. Each item's holds are asked under the ad's own lock.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from answerable.access.consent import Consent, check_reason
from answerable.access.decide import require
from answerable.access.model import Actor, Permission
from answerable.events.disposal import (
    DisposalPerformed,
    DisposalProposed,
    DisposalRefused,
    DisposalSigned,
)
from answerable.events.work import Runs
from answerable.kernel.errors import Breach, NotFound, Refusal
from answerable.kernel.ids import ActorId, AdId, Ids, Site, SubjectId
from answerable.kernel.time import Millis
from answerable.preservation import decide
from answerable.preservation import disposal as rules
from answerable.preservation.disposal import (
    BATCH_ITEMS_MAX,
    CHUNK_ITEMS,
    GROUPS,
    Cause,
    Class,
    Disposal,
    Fate,
    Item,
    Lives,
    State,
    counts_of,
    digest_of,
)
from answerable.preservation.model import Hold
from answerable.preservation.process import Kind
from answerable.preservation.process_service import received_of
from answerable.preservation.service import KEEPER
from answerable.preservation.store import PreservationWork

LIST_MAX = 200


def _said(disposal: Disposal, by: ActorId, org: str, now: Millis) -> dict[str, object]:
    """The envelope fields of an event on the batch's own chain."""
    return {
        "site": disposal.site,
        "subject": disposal.subject,
        "happened": now,
        "known": now,
        "actor": by,
        "org": org,
        "disposal": disposal.id,
    }


def _propose(
    work: PreservationWork,
    site: Site,
    new: tuple[str, SubjectId],
    items: Sequence[Item],
    cutoffs: dict[str, int],
    *,
    cause: Cause,
    process: str | None,
    by: ActorId,
    org: str,
) -> Disposal:
    batch = Disposal(
        id=new[0],
        site=site,
        subject=new[1],
        cause=cause,
        process=process,
        state=State.PROPOSED,
        proposed=work.now(),
        cutoffs=cutoffs,
        counts=counts_of(items),
        digest=digest_of(items),
    )
    work.disposals.put(batch)
    work.disposals.add_items(site, batch.id, items)
    work.record(
        DisposalProposed(
            **_said(batch, by, org, work.now()),  # type: ignore[arg-type]
            cause=cause.value,
            process=process,
            counts=dict(batch.counts),
            items_sha256=batch.digest,
        )
    )
    return batch


class ProposeDisposal:
    """The schedule: lists what has outlived its class, unless a list of its waits already."""

    def __init__(self, runs: Runs[PreservationWork], ids: Ids, lives: Lives) -> None:
        self._runs, self._ids, self._lives = runs, ids, lives

    def __call__(self, site: Site) -> Disposal | None:
        """The new batch; None where nothing has expired, or a batch waits or runs."""
        new = (self._ids.new(), SubjectId(self._ids.new()))

        def fn(work: PreservationWork) -> Disposal | None:
            if any(
                d.state in (State.PROPOSED, State.SIGNED) and d.cause is Cause.SCHEDULE
                for d in work.disposals.latest(site, LIST_MAX)
            ):
                return None
            now, items = work.now(), list[Item]()
            cutoffs = {each: self._lives.cutoff(each, now) for each in Class}
            for each in Class:
                names = work.disposals.expired(site, each, cutoffs[each], now, BATCH_ITEMS_MAX)
                listed = {item.name for item in items}  # an ad goes with its connections
                free = [name for name in names if name not in listed]
                items += [
                    Item(number=n, data_class=each, name=name)
                    for n, name in enumerate(free[: BATCH_ITEMS_MAX - len(items)], len(items) + 1)
                ]
            if not items:
                return None
            told = {each.value: int(at) for each, at in cutoffs.items()}
            return _propose(
                work,
                site,
                new,
                items,
                told,
                cause=Cause.SCHEDULE,
                process=None,
                by=KEEPER,
                org="site",
            )

        return self._runs.run(fn)


class ProposeDestruction:
    """A written request to destroy (18 U.S.C. 2258B(c)) becomes a list that two people sign."""

    def __init__(self, runs: Runs[PreservationWork], ids: Ids) -> None:
        self._runs, self._ids = runs, ids

    def __call__(self, site: Site, by: Actor, process: str) -> Disposal:
        """Raises Forbidden, NotFound (an ad it names is not ours), or Refusal."""
        require(by, Permission.PROCESS_HANDLE, site)
        new = (self._ids.new(), SubjectId(self._ids.new()))

        def fn(work: PreservationWork) -> Disposal:
            found = work.processes.get(site, process, lock=True)
            if found.kind is not Kind.DESTRUCTION_REQUEST:
                raise Refusal("this process does not ask to destroy anything")
            if any(
                d.process == process and d.state is not State.REFUSED
                for d in work.disposals.latest(site, LIST_MAX)
            ):
                raise Refusal("this request has its list already")
            named = received_of(work, found).scope["ads"]
            ads = [work.processes.find_ad(site, str(name)) for name in named]
            if missing := [n for n, ad in zip(named, ads, strict=True) if ad is None]:
                raise NotFound("the request names ads that we do not have", ads=missing)
            items = [
                Item(number=number, data_class=Class.AD, name=str(ad))
                for number, ad in enumerate(dict.fromkeys(ads), 1)
            ]
            return _propose(
                work,
                site,
                new,
                items,
                {},
                cause=Cause.REQUEST,
                process=process,
                by=by.id,
                org=by.organisation,
            )

        return self._runs.run(fn)


class SignDisposal:
    """One of the two signatures. The second starts nothing by itself: the job does."""

    def __init__(self, runs: Runs[PreservationWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, by: Actor, disposal: str, digest: str) -> Disposal:
        """`digest` names the list that was looked at. Raises Forbidden, NotFound or Refusal."""
        require(by, Permission.DISPOSAL_SIGN, site)

        def fn(work: PreservationWork) -> Disposal:
            after = rules.signed(
                work.disposals.get(site, disposal, lock=True), by.id, digest, work.now()
            )
            work.disposals.put(after)
            work.record(
                DisposalSigned(
                    **_said(after, by.id, by.organisation, work.now()),  # type: ignore[arg-type]
                    number=len(after.approvers),
                    items_sha256=after.digest,
                )
            )
            return after

        return self._runs.run(fn)


class RefuseDisposal:
    """One person leaves everything where it is. The schedule lists anew what is still too old."""

    def __init__(self, runs: Runs[PreservationWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, by: Actor, disposal: str, reason: str) -> Disposal:
        """Raises Forbidden, NotFound or Refusal."""
        require(by, Permission.DISPOSAL_SIGN, site)
        check_reason(reason)

        def fn(work: PreservationWork) -> Disposal:
            after = rules.refused(work.disposals.get(site, disposal, lock=True))
            work.disposals.put(after)
            said = _said(after, by.id, by.organisation, work.now())
            work.record(DisposalRefused(**said, reason=reason))  # type: ignore[arg-type]
            return after

        return self._runs.run(fn)


@dataclass(slots=True)
class _Part:
    """What one transaction did with its items."""

    fates: list[tuple[int, Fate]] = field(default_factory=list)
    ads: list[AdId] = field(default_factory=list)
    leaves: list[str] = field(default_factory=list)
    objects: list[str] = field(default_factory=list)

    def count(self, fate: Fate) -> int:
        return sum(each is fate for _, each in self.fates)


class PerformDisposal:
    """The job: one part of one signed batch a call, until none is left."""

    def __init__(self, runs: Runs[PreservationWork], drop: Callable[[Sequence[str]], None]) -> None:
        """`drop` removes objects whose keys are gone; what it leaves behind says nothing."""
        self._runs, self._drop = runs, drop

    def __call__(self, site: Site) -> int:
        """How many items were dealt with; 0: nothing is signed and waiting."""

        name = self._runs.read(lambda work: work.disposals.next_signed(site))
        if name is None:
            return 0
        part = self._runs.run(lambda work: self._part(work, site, name))
        if part.objects:
            self._drop(part.objects)
        return len(part.fates)

    def _part(self, work: PreservationWork, site: Site, name: str) -> _Part:
        batch = work.disposals.get(site, name, lock=True)
        if batch.state is not State.SIGNED:
            return _Part()  # another process finished it
        if len(set(batch.approvers)) < 2:
            raise Breach("a batch is signed by two different people before anything goes")
        items = work.disposals.waiting(site, name, CHUNK_ITEMS)
        part = _Part()
        for item in items:
            part.fates.append((item.number, self._one(work, batch, item, part)))
        work.disposals.set_fates(site, name, part.fates)
        fates = work.disposals.fates(site, name)
        left = fates.get(Fate.WAITING.value, 0)
        if items:
            self._tell(work, batch, items[0].data_class, part, left)
        if not left:
            work.disposals.put(replace(batch, state=State.DONE))
        return part

    def _one(self, work: PreservationWork, batch: Disposal, item: Item, part: _Part) -> Fate:
        site, store = batch.site, work.preservation
        ads = work.disposals.ads_concerned(site, item.data_class, item.name)
        refs = [store.ad_of(site, ad) for ad in ads]  # under their locks from here on
        for ad in ads:
            held = decide.running(store.holds_of(site, ad), work.now())
            if store.undecided_case_of(site, ad) or _others(work, batch, held):
                return Fate.HELD
        before = batch.cutoffs.get(item.data_class.value)
        if before is not None and not work.disposals.still_expired(
            site, item.data_class, item.name, Millis(before)
        ):
            return Fate.CHANGED
        for ref in refs:
            self._lift(work, batch, store.holds_of(site, ref.ad))
        part.leaves += self._erase(work, batch, item, part)
        part.ads += ads
        return Fate.DONE

    def _erase(
        self, work: PreservationWork, batch: Disposal, item: Item, part: _Part
    ) -> tuple[str, ...]:
        site, store, groups = batch.site, work.preservation, GROUPS[item.data_class]
        if item.data_class in (Class.ALERT, Class.WATCH):
            return self._erase_word(work, site, item)
        ad = AdId(item.name)
        if item.data_class is Class.CONNECTIONS:
            before = Millis(batch.cutoffs[item.data_class.value])
            subject = store.ad_of(site, ad).open_subject
            return store.erase_groups(site, (subject,), groups, before=before)
        if batch.cause is Cause.REQUEST:  # at once; otherwise the sweep takes what nobody names
            part.objects += work.disposals.drop_files(site, ad)
        leaves = store.erase_groups(site, store.subjects_of(site, ad), groups)
        store.erase_projections(site, ad, groups)
        return leaves

    def _erase_word(self, work: PreservationWork, site: Site, item: Item) -> tuple[str, ...]:
        """An alert's words, with the same words in the watch that it asked for; or a watch's."""
        store, subjects = work.disposals, list[SubjectId]()
        watch: str | None = item.name
        if item.data_class is Class.ALERT:
            subjects.append(store.alert_subject(site, item.name))
            watch = store.watch_asked(site, item.name)
        if watch is not None:
            subjects.append(store.watch_subject(site, watch))
            store.forget_watch(site, watch)
        return work.preservation.erase_groups(site, subjects, GROUPS[item.data_class])

    def _lift(self, work: PreservationWork, batch: Disposal, holds: Sequence[Hold]) -> None:
        """What the authority itself had kept it takes back; nothing else is let go."""
        for hold in _lifted(work, batch, decide.running(holds, work.now())):
            ref = work.preservation.ad_of(batch.site, hold.ad)
            first = Consent(
                site=batch.site,
                what="",
                by=batch.approvers[0],
                org="site",
                reason=f"destroyed on request {batch.process} of the authority that had it kept",
                made=work.now(),
            )
            after, event = decide.released(hold, ref, first, batch.approvers[1], "site", work.now())
            work.preservation.put(after)
            work.record(event)

    def _tell(
        self, work: PreservationWork, batch: Disposal, of: Class, part: _Part, left: int
    ) -> None:
        work.record(
            DisposalPerformed(
                **_said(batch, KEEPER, "site", work.now()),  # type: ignore[arg-type]
                approvers=list(batch.approvers),
                data_class=of.value,
                done=part.count(Fate.DONE),
                held=part.count(Fate.HELD),
                changed=part.count(Fate.CHANGED),
                left=left,
                ads=sorted(set(part.ads)),
                leaves=sorted(part.leaves),
                data_groups=sorted(GROUPS[of]),
            )
        )


def _lifted(work: PreservationWork, batch: Disposal, held: Sequence[Hold]) -> list[Hold]:
    """The holds that the request of this batch takes back."""
    if batch.process is None:
        return []
    lifts = work.processes.get(batch.site, batch.process).lifts
    return [hold for hold in held if lifts is not None and hold.process == lifts]


def _others(work: PreservationWork, batch: Disposal, held: Sequence[Hold]) -> list[Hold]:
    lifted = {hold.id for hold in _lifted(work, batch, held)}
    return [hold for hold in held if hold.id not in lifted]


class ReadDisposals:
    """Batches for their page; one with its list."""

    def __init__(self, runs: Runs[PreservationWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, by: Actor) -> tuple[Disposal, ...]:
        """Raises Forbidden."""
        require(by, Permission.HOLD_READ, site)
        return self._runs.read(lambda work: work.disposals.latest(site, LIST_MAX))

    def one(
        self, site: Site, by: Actor, disposal: str, limit: int = BATCH_ITEMS_MAX
    ) -> tuple[Disposal, tuple[Item, ...]]:
        """Raises Forbidden or NotFound."""
        require(by, Permission.HOLD_READ, site)
        return self._runs.read(
            lambda work: (
                work.disposals.get(site, disposal),
                work.disposals.items(site, disposal, limit),
            )
        )
