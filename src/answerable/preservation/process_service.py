"""Legal process in action: taken in, scoped, held, renewed, confirmed for export, closed.

Taking in and renewing only ever keep more, so one person is enough. Giving out and closing take
two. Placing holds is one transaction with the paper's own event: nothing can be deleted between.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from answerable.access.consent import check_reason
from answerable.access.decide import require
from answerable.access.model import Actor, Permission
from answerable.events.ads import AdReceived
from answerable.events.event import Event, Recorded
from answerable.events.process import (
    ProcessAnswered,
    ProcessClosed,
    ProcessReceived,
    ProcessRenewed,
    ProcessScoped,
)
from answerable.events.screening import ScreenJudged
from answerable.events.work import Runs
from answerable.kernel.errors import Breach, Conflict, Refusal
from answerable.kernel.ids import ActorId, AdId, HoldId, Ids, Site, SubjectId
from answerable.kernel.time import Millis
from answerable.preservation import decide
from answerable.preservation import process as law
from answerable.preservation.model import Because, Ground, Hold, Outcome
from answerable.preservation.process import Export, Paper, Process
from answerable.preservation.service import KEEPER, approve
from answerable.preservation.store import PreservationWork

LIST_MAX = 500
H = Permission.PROCESS_HANDLE


def _said(process: Process, by: ActorId, org: str, now: Millis) -> dict[str, object]:
    """The envelope fields of an event on the process's own chain."""
    return {
        "site": process.site,
        "subject": process.subject,
        "happened": now,
        "known": now,
        "actor": by,
        "org": org,
        "process": process.id,
    }


def _place(
    work: PreservationWork,
    process: Process,
    ad: AdId,
    new: HoldId,
    by: ActorId,
    org: str,
    ref: str,
) -> Hold | None:
    """A hold of this process on the ad, unless it has one."""
    known = work.preservation.ad_of(process.site, ad)
    holds = work.preservation.holds_of(process.site, ad)
    if any(hold.process == process.id for hold in holds):
        return None
    hold, event = decide.place(
        process.site,
        known,
        new,
        Ground.LEGAL_PROCESS,
        None,
        started=work.now(),
        ends=process.ends,
        actor=by,
        org=org,
        now=work.now(),
        refs=(ref,),
        process=process.id,
    )
    work.preservation.put(hold)
    work.record(event)
    return hold


class ReceiveProcess:
    """A paper is entered: recorded, searched for, and everything in its scope held, at once."""

    def __init__(
        self, runs: Runs[PreservationWork], ids: Ids, jurisdictions: frozenset[str]
    ) -> None:
        """`jurisdictions`: the countries (ISO 3166) whose lengths bind the operator."""
        self._runs, self._ids, self._jurisdictions = runs, ids, jurisdictions

    def __call__(self, site: Site, by: Actor, paper: Paper) -> Process:
        """Raises Forbidden, NotFound (paper not stored, process not known), or Refusal."""
        require(by, H, site)
        name, subject = self._ids.new(), SubjectId(self._ids.new())

        def fn(work: PreservationWork) -> Process:
            now = work.now()
            law.check_paper(paper, now)
            self._check_lifts(work, site, paper)
            process = Process(
                id=name,
                site=site,
                subject=subject,
                kind=paper.kind,
                jurisdiction=paper.jurisdiction,
                served=paper.served,
                received=now,
                ends=law.end_of(paper, self._jurisdictions),
                renewals=0,
                future=paper.scope.future,
                since=paper.scope.since,
                until=paper.scope.until,
                closed=None,
                lifts=paper.lifts,
            )
            work.processes.put(process)
            work.processes.put_terms(site, name, paper.scope)
            if not work.processes.keep_document(site, paper.document, name):
                raise Refusal("the served paper is not stored: send the file first")
            (recorded,) = work.record(_received(process, paper, by, now))
            self._scope(work, process, paper, by, recorded)
            return process

        return self._runs.run(fn)

    def _check_lifts(self, work: PreservationWork, site: Site, paper: Paper) -> None:
        """Only the authority that had something kept can take that back."""
        if paper.lifts is None:
            return
        first = received_of(work, work.processes.get(site, paper.lifts))
        same = law.same_authority(first.authority, paper.authority)
        if not same or first.jurisdiction != paper.jurisdiction:
            raise Refusal("only the authority of that process can take it back")

    def _scope(
        self,
        work: PreservationWork,
        process: Process,
        paper: Paper,
        by: Actor,
        received: Recorded,
    ) -> None:
        found = work.processes.search(process.site, paper.scope, law.SCOPE_ADS_MAX)
        law.check_found(found)
        placed: list[Hold] = []
        if process.kind is not law.Kind.DESTRUCTION_REQUEST:
            for each in sorted(found, key=lambda one: one.ad):  # one order: nobody waits in a ring
                new, ref = HoldId(self._ids.new()), received.leaf_hash.hex()
                hold = _place(work, process, AdId(each.ad), new, by.id, by.organisation, ref)
                placed += [] if hold is None else [hold]
        work.record(
            ProcessScoped(
                **_said(process, by.id, by.organisation, work.now()),  # type: ignore[arg-type]
                refs=(received.leaf_hash.hex(),),
                cause="intake",
                ads=len(found),
                accounts=law.accounts_of(found),
                placed=len(placed),
                found=[each.ad for each in found],
                holds=[hold.id for hold in placed],
            )
        )


def _received(process: Process, paper: Paper, by: Actor, now: Millis) -> Event:
    said = _said(process, by.id, by.organisation, now) | {"happened": paper.served}
    return ProcessReceived(
        **said,  # type: ignore[arg-type]
        kind=paper.kind.value,
        jurisdiction=paper.jurisdiction,
        served=paper.served,
        ends=process.ends,
        future=paper.scope.future,
        authority=paper.authority,
        reference=paper.reference,
        contact=paper.contact,
        scope=paper.scope.spelled(),
        document=paper.document,
        lifts=paper.lifts,
    )


def received_of(work: PreservationWork, process: Process) -> ProcessReceived:
    """The first event of a process. Raises Breach where the chain begins with another."""
    first = work.chain_of(process.site, process.subject)[0].event
    if not isinstance(first, ProcessReceived):
        raise Breach(f"a process begins with {first.TYPE}")
    return first


class HoldForProcess:
    """With ad.received, ad.revised and screen.judged: what comes into a scope is held at once."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids

    def __call__(self, work: PreservationWork, recorded: Recorded) -> None:
        event = recorded.event
        if not isinstance(event, AdReceived | ScreenJudged):
            raise Breach(f"{event.TYPE} brings no ad into a scope")
        site = event.site
        if not work.processes.watches(site):
            return
        ad, now = AdId(event.ad), work.now()
        terms = work.processes.terms_of_ad(site, ad)
        for process in work.processes.taking_in(site, terms, now):
            first = work.chain_of(site, process.subject)[0]
            new, ref = HoldId(self._ids.new()), first.leaf_hash.hex()
            hold = _place(work, process, ad, new, KEEPER, "site", ref)
            if hold is None:
                continue
            work.record(
                ProcessScoped(
                    **_said(process, KEEPER, "site", now),  # type: ignore[arg-type]
                    refs=(recorded.leaf_hash.hex(),),
                    cause="arrived",
                    ads=1,
                    accounts=sum(kind == "account" for kind, _ in terms),
                    placed=1,
                    found=[ad],
                    holds=[hold.id],
                )
            )


class RenewProcess:
    """A new request of the same authority: the end of every hold of the process moves later."""

    def __init__(self, runs: Runs[PreservationWork], jurisdictions: frozenset[str]) -> None:
        self._runs, self._jurisdictions = runs, jurisdictions

    def __call__(
        self,
        site: Site,
        by: Actor,
        process: str,
        *,
        reference: str,
        document: str,
        ends: Millis | None = None,
    ) -> Process:
        """Raises Forbidden, NotFound, or Refusal: no renewal is due, or none is left."""
        require(by, H, site)
        check_reason(reference)

        def fn(work: PreservationWork) -> Process:
            before, now = work.processes.get(site, process, lock=True), work.now()
            end = law.renewed_end(before, ends, self._jurisdictions, now)
            if not work.processes.keep_document(site, document, process):
                raise Refusal("the new request is not stored: send the file first")
            after = replace(before, ends=end, renewals=before.renewals + 1)
            work.processes.put(after)
            work.record(
                ProcessRenewed(
                    **_said(after, by.id, by.organisation, now),  # type: ignore[arg-type]
                    number=after.renewals,
                    ends=end,
                    reference=reference,
                    document=document,
                )
            )
            _date_all(work, after, end, Because.PROCESS_RENEWED, by.id)
            return after

        return self._runs.run(fn)


def _date_all(
    work: PreservationWork, process: Process, ends: Millis, because: Because, by: ActorId
) -> None:
    for hold in work.preservation.holds_for(process.site, process.id):
        ref = work.preservation.ad_of(process.site, hold.ad)
        dated = decide.dated_later(hold, ref, ends, because, by, work.now())
        if dated is not None:
            work.preservation.put(dated[0])
            work.record(dated[1])


class ConfirmExport:
    """Two people confirm what is given out: the process, the groups, the reason. Then it is made.

    The first call waits for a second person, who confirms exactly the same groups.
    """

    def __init__(self, runs: Runs[PreservationWork], ids: Ids) -> None:
        self._runs, self._ids = runs, ids

    def __call__(
        self, site: Site, by: Actor, process: str, groups: frozenset[str], reason: str
    ) -> tuple[Outcome, Export | None]:
        """Raises Forbidden, NotFound, or Refusal: the kind does not allow it, or the same person"""
        require(by, H, site)
        check_reason(reason)
        new = self._ids.new()

        def fn(work: PreservationWork) -> tuple[Outcome, Export | None]:
            found = work.processes.get(site, process, lock=True)
            law.check_groups(found, groups)
            first = approve(work, site, law.export_key(process, groups), by, reason)
            if first is None:
                return Outcome(done=False, approvers=(by.id,)), None
            export = Export(
                site=site,
                process=process,
                id=new,
                number=len(work.processes.exports(site, process)) + 1,
                data_groups=groups,
                approvers=(first.by, by.id),
                reason=first.reason,
                ordered=work.now(),
            )
            work.processes.put_export(export)
            return Outcome(done=True, approvers=export.approvers), export

        return self._runs.run(fn)


class NoteExport:
    """The archive is made: its digest is recorded before anybody gets it."""

    def __init__(self, runs: Runs[PreservationWork]) -> None:
        self._runs = runs

    def __call__(self, by: Actor, made: Export, bates: tuple[str, str]) -> Export:
        """Raises Conflict where it was made meanwhile, by another and otherwise."""
        require(by, H, made.site)

        def fn(work: PreservationWork) -> Export:
            process = work.processes.get(made.site, made.process, lock=True)
            known = {e.id: e for e in work.processes.exports(made.site, made.process)}
            before = known[made.id]
            if before.made is not None:
                if before.sha256 != made.sha256:
                    raise Conflict("this export was made meanwhile, and came out otherwise")
                return before
            after = replace(made, made=work.now())
            work.processes.put_export(after)
            work.record(
                ProcessAnswered(
                    **_said(process, by.id, by.organisation, work.now()),  # type: ignore[arg-type]
                    export=after.id,
                    approvers=list(after.approvers),
                    data_groups=sorted(after.data_groups),
                    tree_size=after.tree_size,
                    sha256=after.sha256,
                    size=after.size,
                    items=after.items,
                    bates_first=bates[0],
                    bates_last=bates[1],
                    reason=after.reason,
                )
            )
            return after

        return self._runs.run(fn)


class CloseProcess:
    """Two people close it. Holds that had no end get one; nothing new comes into its scope."""

    def __init__(self, runs: Runs[PreservationWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, by: Actor, process: str, reason: str) -> Outcome:
        """Raises Forbidden, NotFound, or Refusal: closed already, or the same person twice."""
        require(by, H, site)
        check_reason(reason)

        def fn(work: PreservationWork) -> Outcome:
            before, now = work.processes.get(site, process, lock=True), work.now()
            after = law.closed(before, now)
            first = approve(work, site, law.close_key(process), by, reason)
            if first is None:
                return Outcome(done=False, approvers=(by.id,))
            ends = Millis(after.ends or now)
            work.processes.put(after)
            work.processes.drop_terms(site, process)
            work.record(
                ProcessClosed(
                    **_said(after, by.id, by.organisation, now),  # type: ignore[arg-type]
                    approvers=[first.by, by.id],
                    ends=ends,
                    reason=first.reason,
                )
            )
            _date_all(work, after, ends, Because.PROCESS_CLOSED, by.id)
            return Outcome(done=True, approvers=(first.by, by.id))

        return self._runs.run(fn)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessView:
    """A process as people see it: its paper, its chain, its holds, its exports."""

    process: Process
    paper: ProcessReceived
    log: tuple[Recorded, ...]
    holds: tuple[Hold, ...]
    exports: tuple[Export, ...]


class ReadProcess:
    """One process with its whole log, or the list of them."""

    def __init__(self, runs: Runs[PreservationWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, by: Actor, process: str) -> ProcessView:
        """Raises Forbidden or NotFound."""
        _may_read(by, site)
        return self._runs.read(lambda work: view(work, site, process))

    def every(self, site: Site, by: Actor) -> tuple[ProcessView, ...]:
        """Open ones first. Without holds and exports. Raises Forbidden."""
        _may_read(by, site)

        def fn(work: PreservationWork) -> tuple[ProcessView, ...]:
            return tuple(_short(work, each) for each in work.processes.latest(site, LIST_MAX))

        return self._runs.read(fn)


def _may_read(by: Actor, site: Site) -> None:
    require(by, Permission.HOLD_READ if not by.may(H) else H, site)


def view(work: PreservationWork, site: Site, process: str) -> ProcessView:
    found = work.processes.get(site, process)
    return replace(
        _short(work, found),
        holds=work.preservation.holds_for(site, process),
        exports=work.processes.exports(site, process),
    )


def _short(work: PreservationWork, process: Process) -> ProcessView:
    log: Sequence[Recorded] = work.chain_of(process.site, process.subject)
    paper = log[0].event
    if not isinstance(paper, ProcessReceived):
        raise Breach(f"a process begins with {paper.TYPE}")
    return ProcessView(process=process, paper=paper, log=tuple(log), holds=(), exports=())
