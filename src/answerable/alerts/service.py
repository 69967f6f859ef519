"""Hear an alert, promise an answer, and say later whether the promise was kept.

Everything that an alert sets going (hide, case, clocks, hold) happens *with* its event: STORY says
who hears it. So an acknowledged alert has hidden the ad, or nothing was acknowledged.
"""

import hashlib
import hmac
from dataclasses import replace
from typing import Any

from answerable.alerts import decide, words
from answerable.alerts.model import (
    LOOKUP_WINDOW,
    LOOKUPS_PER_CLIENT,
    LOOKUPS_PER_SITE,
    Alert,
    AlertAnswer,
    AlertCommand,
    Standing,
    TooManyLookups,
)
from answerable.alerts.sources import Sender
from answerable.alerts.store import AlertsWork
from answerable.alerts.weighing import contact_digest
from answerable.events.alerts import AlertAnswered, AlertAttached
from answerable.events.event import Recorded
from answerable.events.hiding import AlertPutOff
from answerable.events.promises import promise_over
from answerable.events.sources import AlertVerified
from answerable.events.work import Runs
from answerable.kernel.errors import Breach, Conflict, NotFound, insist
from answerable.kernel.ids import ActorId, AdId, AlertId, CaseId, DecisionId, Ids, Site, SubjectId
from answerable.kernel.sealed import Sealed
from answerable.kernel.time import Millis

_WORDS_TRIES = 8  # 2^55 words and a million alerts: one meeting in 2^35; eight is never reached
_ALERTS = ActorId("system:alerts")
_CLIENT = b"answerable/alert-lookup-client/v1\x00"


class ReceiveAlert:
    """POST /v1/alerts and the public page. No account, no proof, nothing required but a subject.

    `lookup_key`: 32 secret bytes of this installation; spoken words and nonces are digested under
    it. Losing it makes look-ups by words impossible and touches nothing else.
    """

    def __init__(self, runs: Runs[AlertsWork], ids: Ids, lookup_key: Sealed[bytes]) -> None:
        self._runs, self._ids, self._key = runs, ids, lookup_key

    def new_nonce(self) -> str:
        """A nonce for an alerter who brought none."""
        return self._ids.new()

    def __call__(
        self, site: Site, command: AlertCommand, sender: Sender | None = None
    ) -> AlertAnswer:
        """Record the alert. Raises Conflict where the nonce was used for other bytes.

        `sender`: the source or token that we made sure of; None for anybody.
        """
        alert, subject = AlertId(self._ids.new()), SubjectId(self._ids.new())
        return self._runs.run(
            lambda work: self._receive(work, site, command, sender, alert, subject)
        )

    def _receive(
        self,
        work: AlertsWork,
        site: Site,
        command: AlertCommand,
        sender: Sender | None,
        name: AlertId,
        subject: SubjectId,
    ) -> AlertAnswer:
        key = self._key.open()
        nonce = words.nonce_digest(key, site, command.nonce)
        if (known := work.alerts.find_by_nonce(site, nonce)) is not None:
            return self._again(work, known, command)
        event = decide.receive(command, site=site, alert=name, subject=subject, now=work.now())
        contact = command.alerter.contact
        row = Alert(
            site=site,
            id=name,
            subject=subject,
            nonce_digest=nonce,
            request_sha256=decide.request_digest(command),
            words_digest=b"",
            role=command.alerter.role,
            received=event.known,
            due_act=Millis(event.due_act),
            known_by=None if sender is None else sender.known_by,
            contact_digest=None if contact is None else contact_digest(key, site, contact),
        )
        for attempt in range(_WORDS_TRIES):
            said = words.spoken(key, site, command.nonce, attempt)
            if work.alerts.add(replace(row, words_digest=words.words_digest(key, site, said))):
                break
            # Another transaction may have taken the nonce between our look and our insert.
            if (known := work.alerts.find_by_nonce(site, nonce)) is not None:
                return self._again(work, known, command)
        else:
            raise Breach("eight receipts in a row were taken")
        (recorded,) = work.record(event)
        promise = promise_over(recorded, work.alerts.head(site))
        work.alerts.put_promise(site, recorded.id, promise)
        after = work.alerts.get(site, name)  # what was recorded with the alert has changed its row
        work.alerts.put(replace(after, event=recorded.id, leaf_hash=recorded.leaf_hash))
        return AlertAnswer(
            alert=name,
            event=recorded.id,
            promise=promise,
            due_act=row.due_act,
            words=said,
            nonce=command.nonce,
        )

    def _again(self, work: AlertsWork, known: Alert, command: AlertCommand) -> AlertAnswer:
        """The stored answer to a repeated request: the same promise, the same words."""
        if not hmac.compare_digest(known.request_sha256, decide.request_digest(command)):
            raise Conflict("this nonce was used for another alert")
        if known.event is None or known.leaf_hash is None:
            raise Breach("an alert stands without its event")
        key = self._key.open()
        for attempt in range(_WORDS_TRIES):
            said = words.spoken(key, known.site, command.nonce, attempt)
            if words.words_digest(key, known.site, said) == known.words_digest:
                return AlertAnswer(
                    alert=known.id,
                    event=known.event,
                    promise=work.alerts.promise(known.site, known.leaf_hash),
                    due_act=known.due_act,
                    words=said,
                    nonce=command.nonce,
                    repeated=True,
                )
        raise Breach("the words of a stored alert cannot be said again: another look-up key?")


class LookUpAlert:
    """A few spoken words, later: received, and answered within the promise: yes, no, not due.

    Nothing else is ever told, so that whoever overhears the words learns nothing of use. Counted
    in the database before it is answered, for the asker and for the site.
    """

    def __init__(
        self,
        runs: Runs[AlertsWork],
        lookup_key: Sealed[bytes],
        *,
        per_client: int = LOOKUPS_PER_CLIENT,
        per_site: int = LOOKUPS_PER_SITE,
    ) -> None:
        self._runs, self._key = runs, lookup_key
        self._per_client, self._per_site = per_client, per_site

    def __call__(self, site: Site, text: str, *, client: str) -> Standing:
        """`client` tells askers apart (an address); only a keyed digest of it is kept, a minute.

        Raises TooManyLookups, or NotFound for words that no receipt of ours has.
        """
        found, now = self._found(site, text, client)
        return Standing(received=True, answered=decide.promise_kept(found, now))

    def which(self, site: Site, text: str, *, client: str) -> AlertId:
        """The alert that these words are the receipt of; counted as a look-up, and as refused."""
        return self._found(site, text, client)[0].id

    def _found(self, site: Site, text: str, client: str) -> tuple[Alert, Millis]:
        answer = self._runs.run(lambda work: self._look(work, site, text, client))
        # Raised out here: inside, the refusal would take the count back with it.
        if isinstance(answer, TooManyLookups | NotFound):
            raise answer
        return answer

    def _look(
        self, work: AlertsWork, site: Site, text: str, client: str
    ) -> tuple[Alert, Millis] | TooManyLookups | NotFound:
        key, now = self._key.open(), work.now()
        window = Millis(now - now % LOOKUP_WINDOW)
        bucket = hmac.new(key, _CLIENT + client.encode("utf-8", "replace"), hashlib.sha256)
        allowed = work.alerts.spend_lookup(
            site, bucket.hexdigest()[:32], window, self._per_client
        ) and work.alerts.spend_lookup(site, "site", window, self._per_site)
        if not allowed:
            return TooManyLookups("too many look-ups; wait a minute")
        said = words.heard(text)
        found = (
            None
            if said is None
            else work.alerts.find_by_words(site, words.words_digest(key, site, said))
        )
        return NotFound("no receipt has these words") if found is None else (found, now)


class NoteAttached:
    """With alert.attached: the row learns its case, its ad, and that the ad is hidden.

    What stands on the alert's chain besides: that a registered source sent it (alert.verified), and
    where the ad stays up for now, why (alert.put_off).
    """

    def __call__(self, work: AlertsWork, recorded: Recorded) -> None:
        event = recorded.event
        if not isinstance(event, AlertAttached):
            raise Breach(f"{event.TYPE} attaches no alert")
        row = work.alerts.get(event.site, AlertId(event.alert))
        insist(row.subject == event.subject, "an alert is attached on its own chain")
        stays_up = event.ad is not None and not event.hidden
        after = replace(
            row,
            case=CaseId(event.case),
            ad=None if event.ad is None else AdId(event.ad),
            hidden=event.hidden,
            put_off=row.put_off if stays_up else None,
            because=row.because if stays_up else None,
        )
        work.alerts.put(after)
        common: dict[str, Any] = {
            "site": event.site,
            "subject": event.subject,
            "happened": event.happened,
            "known": work.now(),
            "actor": _ALERTS,
            "alert": event.alert,
            "case": event.case,
            "ad": event.ad,
        }
        self._verified(work, after, common)
        if stays_up:
            insist(after.put_off is not None, "an ad stays up only where a hide was put off")
            ground = "" if after.put_off is None else after.put_off.value
            work.record(AlertPutOff(**common, ground=ground, because=after.because or ""))

    def _verified(self, work: AlertsWork, row: Alert, common: dict[str, Any]) -> None:
        kind, _, name = (row.known_by or "").partition(":")
        source = work.alerts.source(row.site, name) if kind == "source" else None
        if source is not None:
            work.record(AlertVerified(**common, source=source.id, kind=source.kind.value))


class NoteAnswered:
    """With alert.answered: the row learns the answer, so that a look-up can say so."""

    def __call__(self, work: AlertsWork, recorded: Recorded) -> None:
        event = recorded.event
        if not isinstance(event, AlertAnswered):
            raise Breach(f"{event.TYPE} answers no alert")
        row = work.alerts.get(event.site, AlertId(event.alert))
        work.alerts.put(
            replace(
                row,
                answered=event.known,
                decision=DecisionId(event.decision),
                outcome=event.outcome,
                within_promise=event.within_promise,
            )
        )
