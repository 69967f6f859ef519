"""Issue directives with the events they follow from; hear the site's yes; go and look.

HideFirst, ObeyVerdict, ObeyDecision run *with* their event, in its transaction. Observe and
PushDirective are *then*: they touch the site. ObserveSweep and OverdueSweep come round by time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from answerable.ads import directives as rules
from answerable.ads.directives import (
    PROMISED,
    Action,
    Cause,
    Decided,
    DirectedAd,
    Directive,
    Screened,
    Seen,
    Terms,
)
from answerable.ads.directives_store import AdProbe, DirectivePush, DirectivesWork
from answerable.ads.origins import origin_of
from answerable.events.ads import AdExpired, AdReceived
from answerable.events.alerts import AlertReceived
from answerable.events.cases import CaseDecided
from answerable.events.directives import (
    DirectiveAcknowledged,
    DirectiveIssued,
    DirectiveObserved,
    DirectiveOverdue,
)
from answerable.events.event import Recorded, event_header
from answerable.events.hiding import HideResumed
from answerable.events.screening import CouldNotScreen, ScreenJudged
from answerable.events.work import Runs
from answerable.kernel.canonical import canonical_bytes
from answerable.kernel.errors import Breach, NotFound, Outage, Refusal
from answerable.kernel.ids import ActorId, AdId, DirectiveId, Ids, Site
from answerable.kernel.time import HOUR, MINUTE, Millis

PROBE_AGAIN_UNSEEN = 1 * MINUTE
PROBE_AGAIN_SEEN = 1 * HOUR  # a site could put a hidden ad back up
MARKER_CHARS_MIN, MARKER_CHARS_MAX = 12, 80  # shorter words stand on other pages too
SITE_TIME_MAX = 2**53 - 1
HISTORY_MAX = 1_000  # of one ad's directives: nobody's ad goes up and down more often
OBSERVE, PUSH = "ads.Observe", "ads.PushDirective"
_SITE = ActorId("site")
_PROBE = ActorId("system:ads.probe")


class IssueDirective:
    """Number, row, event: the one way a directive comes into being."""

    def __init__(self, ids: Ids, terms: Terms = PROMISED) -> None:
        self._ids, self._terms = ids, terms

    def __call__(
        self,
        work: DirectivesWork,
        ad: DirectedAd,
        action: Action,
        cause: Cause,
        because: Recorded,
        *,
        revision: int | None = None,
    ) -> Directive:
        """Issue within the caller's transaction. `revision`: the ad's last unless said.

        A restore says for how long the ad had been down, so that the site can credit that time.
        """
        since = None
        if action is Action.RESTORE:
            since = rules.down_since(work.directives.of_ad(ad.site, ad.ad, limit=HISTORY_MAX))
        row, event = rules.issue(
            ad,
            directive=DirectiveId(self._ids.new()),
            number=work.directives.next_number(ad.site),
            action=action,
            cause=cause,
            revision=ad.last_revision if revision is None else revision,
            because=because,
            now=work.now(),
            terms=self._terms,
            credit=None if since is None else work.now() - since,
        )
        work.directives.add(row)
        work.record(event, urgent=row.cause is Cause.ALERT)
        if since is not None:
            work.record(rules.credited(row, since))
        return row


class HideFirst:
    """With alert.received: the named ad is hidden before the alert is acknowledged.

    That ad only. `hides_now` is the flood switch (docs/alerts.md): it may put off the hide of an ad
    that is up to a person's look, and never the receipt. An ad that is down is barred as ever.
    """

    def __init__(
        self,
        ids: Ids,
        terms: Terms = PROMISED,
        hides_now: Callable[[DirectivesWork, AlertReceived], bool] | None = None,
    ) -> None:
        self._issue, self._hides_now = IssueDirective(ids, terms), hides_now

    def __call__(self, work: DirectivesWork, recorded: Recorded) -> None:
        event = recorded.event
        if not isinstance(event, AlertReceived):
            raise Breach(f"{event.TYPE} is no alert")
        if event.ad is None:
            return
        ad = work.directives.named_ad(event.site, event.ad)
        if ad is None:
            return  # an ad we never received: the case says so, and audit will ask why
        standing = work.directives.standing(ad.site, ad.ad, lock=True)
        if standing.visible and self._hides_now and not self._hides_now(work, event):
            return
        after, action = rules.after_alert(standing)
        work.directives.put_standing(after)
        if action is not None:
            self._issue(work, ad, action, Cause.ALERT, recorded)


class HideAgain:
    """With hide.resumed: what was put off is done now, as if the alert came this moment."""

    def __init__(self, ids: Ids, terms: Terms = PROMISED) -> None:
        self._issue = IssueDirective(ids, terms)

    def __call__(self, work: DirectivesWork, recorded: Recorded) -> None:
        event = recorded.event
        if not isinstance(event, HideResumed):
            raise Breach(f"{event.TYPE} resumes no hide")
        ad = work.directives.ad(event.site, AdId(event.ad))
        standing = work.directives.standing(ad.site, ad.ad, lock=True)
        after, action = rules.after_alert(standing)
        work.directives.put_standing(after)
        if action is not None:
            self._issue(work, ad, action, Cause.ALERT, recorded)


class ObeyVerdict:
    """With screen.judged and screen.failed: publish, withhold or refuse."""

    def __init__(self, ids: Ids, terms: Terms = PROMISED) -> None:
        self._issue = IssueDirective(ids, terms)

    def __call__(self, work: DirectivesWork, recorded: Recorded) -> None:
        event = recorded.event
        if isinstance(event, ScreenJudged):
            screened = Screened(event.verdict)
            available = event.reason is None
        elif isinstance(event, CouldNotScreen):
            screened, available = Screened.FAILED, True
        else:
            raise Breach(f"{event.TYPE} is no outcome of screening")
        ad = work.directives.ad(event.site, AdId(event.ad))
        standing = work.directives.standing(ad.site, ad.ad, lock=True)
        after, action = rules.after_verdict(
            standing,
            screened,
            revision=event.revision,
            last_revision=ad.last_revision,
            available=available,
        )
        work.directives.put_standing(after)
        if action is not None:
            cause = Cause.SCREENING if available else Cause.AVAILABILITY
            self._issue(work, ad, action, cause, recorded, revision=event.revision)


class ObeyDecision:
    """With case.decided: take down for good, hold back, or give back."""

    def __init__(self, ids: Ids, terms: Terms = PROMISED) -> None:
        self._issue = IssueDirective(ids, terms)

    def __call__(self, work: DirectivesWork, recorded: Recorded) -> None:
        event = recorded.event
        if not isinstance(event, CaseDecided):
            raise Breach(f"{event.TYPE} is no decision")
        decided = Decided(event.kind)
        for name in event.ads:
            ad = work.directives.ad(event.site, AdId(name))
            standing = work.directives.standing(ad.site, ad.ad, lock=True)
            after, action = rules.after_decision(standing, decided, last_revision=ad.last_revision)
            work.directives.put_standing(after)
            if action is not None:
                self._issue(work, ad, action, Cause.DECISION, recorded)


class LetUp:
    """With ad.expired, withdrawn, removed: a publish or restore need not be seen any more."""

    def __call__(self, work: DirectivesWork, recorded: Recorded) -> None:
        event = recorded.event
        if not isinstance(event, AdExpired):
            raise Breach(f"{event.TYPE} ends no placement")
        work.directives.let_up(event.site, AdId(event.ad), work.now())


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPage:
    """Directives in order, and the cursor to ask with next."""

    directives: tuple[Directive, ...]
    next: int


class ReadFeed:
    """GET /v1/directives: what the site has not read yet. The long poll waits outside."""

    def __init__(self, runs: Runs[DirectivesWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, after: int, limit: int = 100) -> FeedPage:
        if after < 0:
            raise Refusal("a cursor is 0 or the number of a directive", after=after)
        bounded = max(1, min(limit, rules.FEED_LIMIT_MAX))
        found = tuple(
            self._runs.read(lambda work: work.directives.after(site, after, limit=bounded))
        )
        return FeedPage(directives=found, next=found[-1].number if found else after)


class Acknowledge:
    """The site says it did so, at its own time. The first word stands; more changes nothing."""

    def __init__(self, runs: Runs[DirectivesWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, directive: DirectiveId, site_time: Millis) -> Directive:
        """Raises NotFound, or Refusal for a time that is none."""
        if not 0 < site_time <= SITE_TIME_MAX:
            raise Refusal("site_time is milliseconds UTC", site_time=site_time)
        return self._runs.run(lambda work: self._note(work, site, directive, site_time))

    def all(
        self, site: Site, said: Sequence[tuple[DirectiveId, Millis]]
    ) -> tuple[Directive | None, ...]:
        """Several in one commit, in the order asked; None for a directive that nobody issued.

        Raises Refusal, and notes nothing, where one has a time that is none.
        """
        if not all(0 < site_time <= SITE_TIME_MAX for _, site_time in said):
            raise Refusal("site_time is milliseconds UTC")

        def fn(work: DirectivesWork) -> dict[DirectiveId, Directive | None]:
            # In one order, whoever asks: else two of us wait for each other's rows.
            return {name: self._found(work, site, name, time) for name, time in sorted(said)}

        found = self._runs.run(fn)
        return tuple(found[name] for name, _ in said)

    def _found(
        self, work: DirectivesWork, site: Site, name: DirectiveId, site_time: Millis
    ) -> Directive | None:
        try:
            return self._note(work, site, name, site_time)
        except NotFound:
            return None

    def _note(
        self, work: DirectivesWork, site: Site, name: DirectiveId, site_time: Millis
    ) -> Directive:
        row = work.directives.get(site, name, lock=True)
        if row.acknowledged is not None:
            return row
        after = replace(row, acknowledged=work.now(), site_time=site_time)
        work.directives.put(after)
        work.record(
            DirectiveAcknowledged(
                site=site,
                subject=row.closed_subject,
                happened=Millis(max(row.issued, min(site_time, work.now()))),
                known=work.now(),
                actor=_SITE,
                directive=row.id,
                ad=row.ad,
                site_time=site_time,
            ),
            urgent=row.cause is Cause.ALERT,
        )
        return after


@dataclass(frozen=True, slots=True)
class _Target:
    """Where to look for one ad, and how to know it."""

    directive: Directive
    urls: tuple[str, ...]
    markers: tuple[str, ...]
    origins: tuple[str, ...]


class Observe:
    """Then, after directive.acknowledged: look whether it is so. Also the sweep that looks again.

    No probe is possible where the ad has no URL at a registered origin and the site no API: then
    the directive stays *acknowledged*, and is shown as such.
    """

    def __init__(self, runs: Runs[DirectivesWork], probe: AdProbe) -> None:
        self._runs, self._probe = runs, probe

    def __call__(self, recorded: Recorded) -> None:
        event = recorded.event
        if not isinstance(event, DirectiveAcknowledged):
            raise Breach(f"{event.TYPE} says nothing that a probe could check")
        name = DirectiveId(event.directive)
        target = self._runs.read(lambda work: _target(work, event.site, name))
        if target is None:
            return
        seen = self._look(target)
        if seen is Seen.UNREACHABLE:
            raise Outage("the site did not show whether the ad is up")

        def fn(work: DirectivesWork) -> None:
            if work.once(recorded.id, OBSERVE):
                _note_seen(work, event.site, name, seen)

        self._runs.run(fn)

    def sweep(self, site: Site, *, limit: int = 50, fresh: int = 0) -> int:
        """Look again at what was not seen to agree, and at take-downs now and then. Probes made.

        What was acknowledged less than `fresh` ms ago is left to the first look, above.
        """

        def due(work: DirectivesWork) -> Sequence[_Target | None]:
            now = work.now()
            rows = work.directives.to_probe(
                site,
                acknowledged_by=Millis(now - fresh),
                unseen_before=Millis(now - PROBE_AGAIN_UNSEEN),
                seen_before=Millis(now - PROBE_AGAIN_SEEN),
                limit=limit,
            )
            return [_target(work, site, row.id) for row in rows]

        targets = [target for target in self._runs.read(due) if target is not None]
        for target in targets:
            seen, name = self._look(target), target.directive.id
            self._runs.run(
                lambda work, name=name, seen=seen: _note_seen(work, site, name, seen)  # type: ignore[misc]
            )
        return len(targets)

    def _look(self, target: _Target) -> Seen:
        """Up if it is up anywhere; down only where every place was seen without it."""
        seen = {self._probe.look(url, target.markers, target.origins) for url in target.urls}
        if Seen.UP in seen:
            return Seen.UP
        return Seen.UNREACHABLE if Seen.UNREACHABLE in seen else Seen.DOWN


def _target(work: DirectivesWork, site: Site, name: DirectiveId) -> _Target | None:
    row = work.directives.get(site, name)
    if row.replaced is not None:
        return None  # another directive is in force: what is seen now says nothing of this one
    ad = work.directives.ad(site, row.ad)
    registered = tuple(work.directives.origins(site))
    origins = tuple(origin for origin, _api in registered)
    urls = [ad.url] if ad.url is not None and origin_of(ad.url) in origins else []
    urls += [
        api.replace("{external_id}", quote(ad.external_id, safe=""))
        for _origin, api in registered
        if api is not None
    ]
    if not urls:
        return None
    return _Target(row, tuple(urls), (ad.external_id, *_words_of(work, ad)), origins)


def _words_of(work: DirectivesWork, ad: DirectedAd) -> tuple[str, ...]:
    """The first words of each text of the newest revision: a page that shows them shows the ad."""
    events = [r.event for r in work.chain_of(ad.site, ad.open_subject)]
    received = [event for event in events if isinstance(event, AdReceived)]
    texts = (received[-1].text or {}).values() if received else ()
    lines = (text.strip().splitlines() for text in texts)
    starts = (found[0].strip()[:MARKER_CHARS_MAX] for found in lines if found)
    return tuple(start for start in starts if len(start) >= MARKER_CHARS_MIN)


def _note_seen(work: DirectivesWork, site: Site, name: DirectiveId, seen: Seen) -> None:
    """Record what changed since the last look; a look that saw the same says nothing new."""
    row = work.directives.get(site, name, lock=True)
    if row.replaced is not None:
        return
    now, agrees = work.now(), row.agrees(seen)
    observed = (row.observed or now) if agrees else None
    if seen is Seen.UNREACHABLE:
        observed = row.observed  # not to be reached is no sign of anything
    work.directives.put(replace(row, seen=seen, probed=now, observed=observed))
    if seen is row.seen:
        return
    work.record(
        DirectiveObserved(
            **event_header(site, row.closed_subject, _PROBE, now),
            directive=row.id,
            ad=row.ad,
            seen=seen.value,
            agrees=agrees,
        )
    )


class OverdueSweep:
    """Past its deadline and not acknowledged, or seen not to be obeyed: said once, in an event."""

    def __init__(self, runs: Runs[DirectivesWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, *, limit: int = 100) -> int:
        """How many were found."""
        return self._runs.run(lambda work: self._sweep(work, site, limit))

    def _sweep(self, work: DirectivesWork, site: Site, limit: int) -> int:
        found = 0
        for listed in work.directives.past_deadline(site, work.now(), limit=limit):
            row = work.directives.get(
                site, listed.id
            )  # under its lock: a sweep elsewhere may be first
            if row.overdue is not None:
                continue
            work.directives.put(replace(row, overdue=work.now()))
            work.record(
                DirectiveOverdue(
                    site=site,
                    subject=row.closed_subject,
                    happened=row.deadline,
                    known=work.now(),
                    actor=ActorId("system:ads"),
                    directive=row.id,
                    ad=row.ad,
                    state=row.state.value,
                )
            )
            found += 1
        return found


class PushDirective:
    """Then, after directive.issued: the signed webhook, again and again until acknowledged."""

    def __init__(self, runs: Runs[DirectivesWork], push: DirectivePush) -> None:
        self._runs, self._push = runs, push
        self._acknowledge = Acknowledge(runs)

    def __call__(self, recorded: Recorded) -> None:
        event = recorded.event
        if not isinstance(event, DirectiveIssued):
            raise Breach(f"{event.TYPE} is no directive")
        name = DirectiveId(event.directive)
        if not self._push.wanted(event.site):
            return
        row = self._runs.read(lambda work: work.directives.get(event.site, name))
        if row.acknowledged is not None:
            return
        said = self._push.push(event.site, canonical_bytes(row.as_feed()))
        if said is None:
            raise Outage("delivered, and not acknowledged yet")
        self._acknowledge(event.site, name, said)
