"""Filing, step by step, exactly once. Safe to rerun after any failure, on any worker.

Before each call what is about to be done is committed; after it, what came of it. A lease with a
fence keeps two workers apart: every commit checks the fence, and so does the moment just before
each call. What a lost answer means (foundations, CyberTipline doubts):

  /submit   a draft may stand open under an id nobody knows; it lapses unfinished: submit again
  /upload   the file may be attached: retract and start again
  /fileinfo repeat
  /finish   repeat; 0, or 5102 for an id that we stored, is *filed*

A draft lapses an hour after its last change. A worker that comes back too late to finish it well
inside that hour retracts it and begins anew.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, assert_never

from answerable.events.event import Event, Recorded, event_header
from answerable.events.evidence import Purpose, Reading
from answerable.events.reports import (
    BY_HAND_FORM,
    FactsTold,
    ReportAbandoned,
    ReportFileSent,
    ReportFinished,
    ReportNeedsPerson,
    ReportOpened,
    ReportOwed,
    ReportResumed,
    ReportWithdrawn,
)
from answerable.events.work import Runs
from answerable.kernel.errors import Breach, NotYet, Outage, Refusal
from answerable.kernel.ids import Ids, ReportId, Site, TiplineId
from answerable.kernel.time import Millis
from answerable.reports import tipline as t
from answerable.reports.asking import case_subject, names_of, waits_for_facts
from answerable.reports.document.facts import EspFacts
from answerable.reports.document.values import Profile
from answerable.reports.document.write import details_bytes
from answerable.reports.gather import case_facts
from answerable.reports.heard import finish_may_be_heard
from answerable.reports.intending import Intended, intended_event, prepare, read_intended
from answerable.reports.lapsing import LAPSING_AFTER, last_change
from answerable.reports.model import ENDED, FOR_PEOPLE, Duty, SentFile, Status
from answerable.reports.originals import Originals
from answerable.reports.service import FILER, duty_key
from answerable.reports.store import ReadsExif, ReadsFiles, ReportsWork, no_exif
from answerable.reports.told import last_told

DAMAGED_MAX = 3
"""After so many uploads that arrived damaged, a person looks at the line between us."""


class FileReport:
    """Then, after report.owed, report.resumed and facts.told: as many steps as it can."""

    def __init__(
        self,
        runs: Runs[ReportsWork],
        ids: Ids,
        files: ReadsFiles,
        tipline: Callable[[bool], tuple[t.CyberTipline, str]],
        esp: EspFacts,
        *,
        lease_ms: int,
        undo_ms: int = 0,
        exif: ReadsExif = no_exif,
        by_hand: bool = False,
        profile: Profile = Profile.NOV_2025,
    ) -> None:
        """`tipline(synthetic)` gives the far side and its name; synthetic sites get the receiver.

        `lease_ms` must be longer than the far side's time-out. `undo_ms`: what is not urgent waits
        that long for its reviewer, and then for facts that were asked for, until its `not_before`.
        `by_hand`: people file what is not synthetic, and nothing new is opened over the API.
        """
        self._runs, self._ids, self._files = runs, ids, files
        self._tipline, self._esp, self._lease_ms = tipline, esp, lease_ms
        self._undo_ms, self._exif, self._by_hand = undo_ms, exif, by_hand
        self._profile = profile

    def __call__(self, recorded: Recorded) -> None:
        event = recorded.event
        if not isinstance(event, ReportOwed | ReportResumed | FactsTold):
            raise Breach(f"{event.TYPE} files nothing")
        report = ReportId(event.report)
        fence = self._claim(event.site, report)
        if fence is None:
            return
        why = Reading(purpose=Purpose.REPORT, by=FILER, about=report)
        originals = Originals(self._files, self._exif, event.site, why)
        filing = _Filing(self._runs, originals, self._esp, event.site, report, fence)
        filing.lease_ms, filing.profile = self._lease_ms, self._profile
        try:
            filing.go(self._tipline, by_hand=self._by_hand)
        except (Breach, Refusal) as no:  # the far side's, or our own: a resumed duty begins anew
            filing.needs_person(str(no))
        finally:
            self._runs.run(lambda work: work.reports.let_go(event.site, report, fence))

    def _claim(self, site: Site, report: ReportId) -> int | None:
        def fn(work: ReportsWork) -> int | None:
            duty = work.reports.get(site, report, lock=True)
            if duty.status in ENDED or (duty.status in FOR_PEOPLE and not _to_lay_out(duty)):
                return None
            if work.now() < (ready := self._ready(work, duty)):
                raise NotYet(ready)
            fence = work.reports.claim(site, report, self._ids.new(), work.now(), self._lease_ms)
            if fence is None:
                raise Outage("another worker is filing this report")
            return fence

        return self._runs.run(fn)

    def _ready(self, work: ReportsWork, duty: Duty) -> Millis:
        """From when on it goes out: never later than its `not_before`."""
        undone = Millis(min(duty.owed + self._undo_ms, duty.not_before))
        return duty.not_before if waits_for_facts(work, duty) else undone


class _Filing:
    """One worker's turn at one report, under one fence."""

    lease_ms = 0
    profile = Profile.NOV_2025
    _changed: Millis | None = None  # the draft's last change, once this turn knows it

    def __init__(
        self,
        runs: Runs[ReportsWork],
        originals: Originals,
        esp: EspFacts,
        site: Site,
        report: ReportId,
        fence: int,
    ) -> None:
        self._runs, self._originals, self._esp = runs, originals, esp
        self._site, self._report, self._fence = site, report, fence

    def go(self, tipline: Callable[[bool], tuple[t.CyberTipline, str]], *, by_hand: bool) -> None:
        """Steps until the report is finished, withdrawn, or in the hands of a person.

        What is open at the far side goes on there, whatever the route says since.
        """
        while True:
            duty = self._read()
            far, name = tipline(duty.synthetic)
            people = by_hand and not duty.synthetic
            match duty.status:
                case Status.OWED if people and self._no_finish_heard(duty):
                    self._intend(BY_HAND_FORM, by_hand=True)
                case Status.OWED:
                    if self._draft_is_gone(far, duty):
                        self._intend(name)
                case Status.INTENDED if people:
                    self._intend(BY_HAND_FORM, by_hand=True)
                case Status.INTENDED:
                    self._submit(far, duty)
                case Status.SUBMITTING:
                    self._abandon(duty, "submit-unknown")
                case Status.OPENED:
                    self._next_file(far, duty)
                case Status.UPLOADING:
                    self._retract(far, duty, "upload-unknown")
                case Status.FINISHING:
                    self._finish(far, duty)
                case Status.FINISHED | Status.WITHDRAWN:
                    return
                case Status.BY_HAND if _to_lay_out(duty):
                    self._intend(BY_HAND_FORM, by_hand=True)
                case Status.NEEDS_PERSON | Status.BY_HAND:
                    return
                case unknown:
                    assert_never(unknown)

    def needs_person(self, why: str) -> None:
        """The duty stays open and visible; nothing is tried until somebody resumes it."""

        def make(duty: Duty) -> tuple[Duty, tuple[Event, ...]]:
            return replace(duty, status=Status.NEEDS_PERSON, why=why), (
                self._event(ReportNeedsPerson, duty, ads=list(duty.ads), why=why),
            )

        self._commit(make)

    def _keep(self) -> None:
        """Our lease goes on, where work between two calls may be long."""
        self._runs.run(
            lambda work: work.reports.hold(
                self._site, self._report, self._fence, work.now(), self.lease_ms
            )
        )

    def _read(self) -> Duty:
        return self._runs.read(lambda work: work.reports.get(self._site, self._report))

    def _no_finish_heard(self, duty: Duty) -> bool:
        return self._runs.read(lambda work: not finish_may_be_heard(work, duty))

    def _locked(self, work: ReportsWork) -> Duty:
        """The row under its lock, if the lease is still ours; and what time it is."""
        duty = work.reports.get(self._site, self._report, lock=True)
        if duty.fence != self._fence:
            raise Outage("the filing lease has passed to another, or the report was withdrawn")
        self._now = work.now()
        return duty

    def _commit(self, make: Callable[[Duty], tuple[Duty, tuple[Event, ...]]]) -> Duty:
        """Under the fence: the new row and its events, together or not at all."""

        def fn(work: ReportsWork) -> Duty:
            duty = self._locked(work)
            after, events = make(duty)
            work.reports.put(after)
            work.record(*events)
            return after

        return self._runs.run(fn)

    def _event(self, kind: Callable[..., Event], duty: Duty, **fields: Any) -> Event:
        return kind(
            **event_header(duty.site, duty.subject, FILER, self._now),
            report=duty.id,
            **fields,
        )

    def _before_call(self, status: Status | None = None) -> Duty:
        """Commit what is about to be done, with a fresh lease; the fence is checked beside it."""

        def fn(work: ReportsWork) -> Duty:
            work.reports.hold(self._site, self._report, self._fence, work.now(), self.lease_ms)
            duty = work.reports.get(self._site, self._report, lock=True)
            if status is not None:
                duty = replace(
                    duty,
                    status=status,
                    attempt=duty.attempt + (1 if status is Status.SUBMITTING else 0),
                    tipline_id=None if status is Status.SUBMITTING else duty.tipline_id,
                )
                work.reports.put(duty)
            return duty

        return self._runs.run(fn)

    def _intend(self, destination: str, *, by_hand: bool = False) -> None:
        """Write down the exact bytes, before anything leaves. By hand a person mends the faults."""
        looked = self._originals.look(
            self._runs.read(
                lambda work: case_facts(work, work.reports.get(self._site, self._report), self._esp)
            ),
            self._keep,
        )

        def fn(work: ReportsWork) -> None:
            current = self._locked(work)
            prepared = prepare(work, current, self._esp, looked, self.profile)
            if prepared.faults and not by_hand:
                why = "; ".join(str(fault) for fault in prepared.faults[:5])
                work.reports.put(replace(current, status=Status.NEEDS_PERSON, why=why))
                work.record(self._event(ReportNeedsPerson, current, ads=list(current.ads), why=why))
                return
            event = intended_event(work, current, prepared, destination, FILER, "site")
            (recorded,) = work.record(event)
            chain = work.chain_of(self._site, case_subject(work, current))
            told = last_told(chain, names_of(work, current))
            status = Status.BY_HAND if by_hand else Status.INTENDED
            after = replace(current, status=status, intended_event=recorded.id, knows_up_to=told)
            work.reports.put(after)

        self._runs.run(fn)

    def _intended(self, duty: Duty) -> Intended:
        return self._runs.read(lambda work: read_intended(work, duty))

    def _submit(self, far: t.CyberTipline, duty: Duty) -> None:
        intended = self._intended(duty)
        self._before_call(Status.SUBMITTING)
        opened = far.submit(intended.xml)
        if self._runs.read(
            lambda work: work.reports.number_taken(self._site, opened.report_id, self._report)
        ):
            self.needs_person("/submit answered with the number of another report of ours")
            return

        def make(duty: Duty) -> tuple[Duty, tuple[Event, ...]]:
            self._changed = self._now
            after = replace(duty, status=Status.OPENED, tipline_id=opened.report_id)
            event = self._event(
                ReportOpened, duty, attempt=duty.attempt, tipline_id=opened.report_id
            )
            return after, (event,)

        self._commit(make)

    def _next_file(self, far: t.CyberTipline, duty: Duty) -> None:
        """Upload the next file, or describe the one just uploaded, or go on to finish."""
        if self._is_lapsing(duty):
            self._retract(far, duty, "lapsing")
            return
        intended = self._intended(duty)
        sent = self._runs.read(
            lambda work: work.reports.sent_files(self._site, self._report, duty.attempt)
        )
        unnoted = next((file for file in sent if not file.noted), None)
        if unnoted is not None:
            self._note(far, duty, unnoted, intended.files[unnoted.number])
        elif len(sent) < len(intended.files):
            self._upload(far, duty, len(sent), intended.files[len(sent)])
        else:
            self._commit(lambda d: (replace(d, status=Status.FINISHING), ()))

    def _is_lapsing(self, duty: Duty) -> bool:
        def fn(work: ReportsWork) -> bool:
            self._changed = self._changed or last_change(work, duty)
            return work.now() - self._changed > LAPSING_AFTER

        return self._runs.read(fn)

    def _upload(
        self, far: t.CyberTipline, duty: Duty, number: int, file: Mapping[str, Any]
    ) -> None:
        content = self._originals.content(file)
        self._before_call(Status.UPLOADING)
        answer = far.upload(_id(duty), file["name"], file["media_type"], content)
        match answer:
            case t.Uploaded():
                self._sent(number, file, answer.file_id)
            case t.UploadDamaged():
                if duty.damaged + 1 >= DAMAGED_MAX:
                    self.needs_person("files arrive damaged at the far side")
                else:
                    self._commit(lambda d: (replace(d, damaged=d.damaged + 1), ()))
                    self._retract(far, duty, "upload-damaged")
            case t.NoSuchReport() | t.AlreadyRetracted():
                self._abandon(duty, "expired")
            case t.AlreadyFinished() | t.NoSuchFile():
                self.needs_person(f"/upload answered {type(answer).__name__}")
            case unknown:
                assert_never(unknown)

    def _sent(self, number: int, file: Mapping[str, Any], file_id: str) -> None:
        def fn(work: ReportsWork) -> None:
            duty = self._locked(work)
            self._changed = self._now
            sent = SentFile(number=number, file_id=file_id, noted=False)
            work.reports.put_sent(self._site, self._report, duty.attempt, sent)
            work.reports.put(replace(duty, status=Status.OPENED))
            work.record(
                self._event(
                    ReportFileSent,
                    duty,
                    attempt=duty.attempt,
                    number=number,
                    sha256=file["sha256"],
                    file_id=file_id,
                )
            )

        self._runs.run(fn)

    def _note(
        self, far: t.CyberTipline, duty: Duty, sent: SentFile, file: Mapping[str, Any]
    ) -> None:
        details = details_bytes(
            file["details"].encode("utf-8"), report_id=int(_id(duty)), file_id=sent.file_id
        )
        self._before_call()
        answer = far.fileinfo(details)
        match answer:
            case t.Noted():
                self._runs.run(
                    lambda work: work.reports.put_sent(
                        self._site, self._report, duty.attempt, replace(sent, noted=True)
                    )
                )
            case t.NoSuchReport() | t.AlreadyRetracted():
                self._abandon(duty, "expired")
            case t.NoSuchFile() | t.AlreadyFinished():
                self.needs_person(f"/fileinfo answered {type(answer).__name__}")
            case unknown:
                assert_never(unknown)

    def _finish(self, far: t.CyberTipline, duty: Duty) -> None:
        intended = self._intended(duty)
        self._before_call()
        answer = far.finish(_id(duty))
        match answer:
            case t.Finished():
                self._finished(intended, answer.receipt, self._other_files(duty, answer.file_ids))
            case t.AlreadyFinished():
                self._finished(intended, answer.receipt)
            case t.NoSuchReport() | t.AlreadyRetracted():
                self._abandon(duty, "expired")
            case t.NoSuchFile():
                self.needs_person("/finish answered NoSuchFile")
            case unknown:
                assert_never(unknown)

    def _other_files(self, duty: Duty, listed: tuple[str, ...] | None) -> str | None:
        """What to tell people where the receipt lists other files than those we sent.

        It is filed and cannot be changed; whoever reads the report's page asks the far side.
        """
        if listed is None:
            return None
        sent = self._runs.read(
            lambda work: work.reports.sent_files(self._site, self._report, duty.attempt)
        )
        if sorted(listed) == sorted(file.file_id for file in sent):
            return None
        return f"filed; the receipt lists {len(listed)} files, not the {len(sent)} that were sent"

    def _finished(self, intended: Intended, receipt: t.Receipt, why: str | None = None) -> None:
        def make(duty: Duty) -> tuple[Duty, tuple[Event, ...]]:
            after = replace(duty, status=Status.FINISHED, finished=self._now, why=why)
            event = ReportFinished(
                **event_header(duty.site, duty.subject, FILER, self._now),
                closes=(duty_key(duty.id),),
                report=duty.id,
                case=duty.case,
                ads=list(duty.ads),
                attempt=duty.attempt,
                tipline_id=_id(duty),
                receipt=base64.b64encode(receipt.body).decode("ascii"),
                request_id=receipt.request_id,
                presence=intended.presence,
            )
            return after, (event,)

        self._commit(make)

    def _retract(self, far: t.CyberTipline, duty: Duty, how: str) -> None:
        """Discard the draft, so that a doubtful file cannot travel with the report."""
        self._before_call()
        answer = far.retract(_id(duty))
        match answer:
            case t.Retracted() | t.NoSuchReport() | t.AlreadyRetracted():
                self._abandon(duty, how)
            case t.AlreadyFinished() | t.NoSuchFile():
                self.needs_person(f"/retract answered {type(answer).__name__}")
            case unknown:
                assert_never(unknown)

    def _draft_is_gone(self, far: t.CyberTipline, duty: Duty) -> bool:
        """After a person resumed: an old draft is discarded before new bytes are written down.

        False where it turns out to be filed already: then /finish is asked again.
        """
        if duty.tipline_id is None:
            return True
        self._before_call()
        filed = isinstance(far.retract(_id(duty)), t.AlreadyFinished)
        if filed:
            self._commit(lambda d: (replace(d, status=Status.FINISHING), ()))
        else:
            self._commit(lambda d: (replace(d, tipline_id=None), ()))
        return not filed

    def _abandon(self, duty: Duty, how: str) -> None:
        def make(current: Duty) -> tuple[Duty, tuple[Event, ...]]:
            after = replace(current, status=Status.INTENDED, tipline_id=None)
            event = self._event(ReportAbandoned, current, attempt=duty.attempt, how=how)
            return after, (event,)

        self._commit(make)


class DiscardDraft:
    """Then, after report.withdrawn: retract the open draft, if there is one."""

    def __init__(
        self,
        runs: Runs[ReportsWork],
        tipline: Callable[[bool], tuple[t.CyberTipline, str]],
    ) -> None:
        self._runs, self._tipline = runs, tipline

    def __call__(self, recorded: Recorded) -> None:
        event = recorded.event
        if not isinstance(event, ReportWithdrawn):
            raise Breach(f"{event.TYPE} discards nothing")
        duty = self._runs.read(lambda work: work.reports.get(event.site, ReportId(event.report)))
        if duty.status is Status.WITHDRAWN and duty.tipline_id is not None:
            far, _ = self._tipline(duty.synthetic)
            far.retract(TiplineId(duty.tipline_id))


def _to_lay_out(duty: Duty) -> bool:
    """A person took it by hand, and its bytes are not written down for that yet."""
    return duty.status is Status.BY_HAND and duty.intended_event is None


def _id(duty: Duty) -> TiplineId:
    if duty.tipline_id is None:
        raise Breach("a call to the far side names no report")
    return TiplineId(duty.tipline_id)
