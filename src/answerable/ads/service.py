"""Intake: a revision exactly as submitted is committed before anything looks at it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from answerable.ads import decide
from answerable.ads.model import (
    Ad,
    AdState,
    Placement,
    PlacementNews,
    Submission,
    Submitted,
)
from answerable.ads.store import AdsWork
from answerable.events.event import Recorded
from answerable.events.promises import Promise, promise_over
from answerable.events.work import Runs
from answerable.kernel.errors import Conflict, NotFound, Refusal
from answerable.kernel.ids import ActorId, AdId, Ids, PlacementId, Site, SubjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyKey:
    """The asker's key and the digest of the bytes it stands for."""

    route: str
    key: str
    request_sha256: bytes


def promise_for(work: AdsWork, site: Site, recorded: Recorded) -> Promise:
    """The fields of a receipt over one recorded event, kept in this same transaction."""
    promise = promise_over(recorded, work.ads.head(site))
    work.ads.put_promise(site, recorded.id, promise)
    return promise


class ReceiveAd:
    """POST /v1/ads, /v1/ads/{id}/revisions and ingest: commit 1 of the story.

    `receive` refuses an id that exists, `revise` one that does not; `take` does whichever fits
    and leaves an unchanged ad alone (what makes an ingest safe to repeat).
    """

    def __init__(self, runs: Runs[AdsWork], ids: Ids) -> None:
        self._runs, self._ids = runs, ids

    def receive(
        self, site: Site, submission: Submission, key: IdempotencyKey | None = None
    ) -> Submitted:
        decide.check(submission)

        def fn(work: AdsWork) -> Submitted:
            if (again := _answered(work, site, key)) is not None:
                return again
            return _remember(work, site, key, self._new(work, site, submission))

        return self._runs.run(fn)

    def revise(
        self, site: Site, submission: Submission, key: IdempotencyKey | None = None
    ) -> Submitted:
        decide.check(submission)

        def fn(work: AdsWork) -> Submitted:
            if (again := _answered(work, site, key)) is not None:
                return again
            ad = work.ads.find(site, submission.external_id, lock=True)
            if ad is None:
                raise NotFound("no ad has this external_id", external_id=submission.external_id)
            return _remember(work, site, key, self._next(work, ad, submission))

        return self._runs.run(fn)

    def take(self, site: Site, submission: Submission) -> Submitted | None:
        """Receive, revise, or None where the words are those we have."""
        decide.check(submission)
        return self._runs.run(lambda work: self._take(work, site, submission))

    def take_all(
        self, site: Site, submissions: "list[Submission]"
    ) -> "list[Submitted | Refusal | None]":
        """Many in one transaction; a refused one changes nothing and does not stop the others."""
        return self._runs.run(
            lambda work: [
                _or_refused(lambda one=one: self._take(work, site, one), one)  # type: ignore[misc]
                for one in submissions
            ]
        )

    def receive_all(
        self, site: Site, submissions: "list[Submission]", key: IdempotencyKey | None = None
    ) -> "list[Submitted | Refusal]":
        """Batch intake: as `receive` for each, in one transaction, under one key for all."""

        def fn(work: AdsWork) -> "list[Submitted | Refusal]":
            if (stored := _stored(work, site, key)) is not None:
                return [_again(work, site, told) for told in stored]
            answers = [
                _or_refused(lambda one=one: self._new(work, site, one), one)  # type: ignore[misc]
                for one in submissions
            ]
            _keep(work, site, key, [_told(answer) for answer in answers])
            return answers

        return self._runs.run(fn)

    def _new(self, work: AdsWork, site: Site, submission: Submission) -> Submitted:
        if work.ads.find(site, submission.external_id, lock=True) is not None:
            raise Conflict(
                "this external_id is taken; send a revision", external_id=submission.external_id
            )
        return self._first(work, site, submission)

    def _take(self, work: AdsWork, site: Site, submission: Submission) -> Submitted | None:
        ad = work.ads.find(site, submission.external_id, lock=True)
        if ad is None:
            return self._first(work, site, submission)
        if ad.words_digest == decide.words_digest(submission.text, submission.attachments):
            return None
        return self._next(work, ad, submission)

    def _first(self, work: AdsWork, site: Site, submission: Submission) -> Submitted:
        now = work.now()
        ad = Ad(
            site=site,
            id=AdId(self._ids.new()),
            external_id=submission.external_id,
            open_subject=SubjectId(self._ids.new()),
            closed_subject=SubjectId(self._ids.new()),
            account_id=_account_id(submission),
            section=submission.section,
            jurisdiction=decide.jurisdiction_of(submission.place),
            last_revision=0,
            state=AdState.RECEIVED,
            url=submission.url,
            words_digest=decide.words_digest(submission.text, submission.attachments),
            received=now,
        )
        return self._commit(work, ad, submission)

    def _next(self, work: AdsWork, ad: Ad, submission: Submission) -> Submitted:
        revised = replace(
            ad,
            last_revision=ad.last_revision + 1,
            section=submission.section or ad.section,
            jurisdiction=decide.jurisdiction_of(submission.place) or ad.jurisdiction,
            words_digest=decide.words_digest(submission.text, submission.attachments),
            url=submission.url or ad.url,
        )
        return self._commit(work, revised, submission)

    def _commit(self, work: AdsWork, ad: Ad, submission: Submission) -> Submitted:
        event = decide.receive(
            submission,
            site=ad.site,
            ad=ad.id,
            subject=ad.open_subject,
            revision=ad.last_revision,
            actor=ActorId("poster"),
            now=work.now(),
        )
        work.ads.put(ad)
        (recorded,) = work.record(event)
        work.ads.put_revision(ad, ad.last_revision, recorded.id, work.now())
        digests = [str(a["sha256"]) for a in submission.attachments if a.get("sha256")]
        work.ads.refer(ad.site, ad.id, digests)
        return Submitted(
            ad=ad.id,
            external_id=ad.external_id,
            revision=ad.last_revision,
            event_id=recorded.id,
            promise=promise_for(work, ad.site, recorded),
        )


class PlaceAd:
    """POST /v1/placements: published, renewed, moved, expired, withdrawn, removed."""

    def __init__(self, runs: Runs[AdsWork], ids: Ids) -> None:
        self._runs, self._ids = runs, ids

    def __call__(
        self, site: Site, news: PlacementNews, key: IdempotencyKey | None = None
    ) -> Submitted:
        """Raises NotFound, Refusal, or Conflict where the key stands for other bytes."""
        decide.check_news(news)

        def fn(work: AdsWork) -> Submitted:
            if (again := _answered(work, site, key)) is not None:
                return again
            ad = work.ads.find(site, news.external_id, lock=True)
            if ad is None:
                raise NotFound("no ad has this external_id", external_id=news.external_id)
            if decide.starts(news.kind):
                return _remember(work, site, key, self._begin(work, ad, news))
            return _remember(work, site, key, self._end(work, ad, news))

        return self._runs.run(fn)

    def _end(self, work: AdsWork, ad: Ad, news: PlacementNews) -> Submitted:
        standing = work.ads.standing(ad.site, ad.id)
        after, events = decide.end(news, ad, standing, now=work.now())
        work.ads.put(after)
        recorded = work.record(*events)
        work.ads.end_placements(ad.site, ad.id, events[0].happened)
        return _placed(work, ad, ad.last_revision, recorded[-1])

    def _begin(self, work: AdsWork, ad: Ad, news: PlacementNews) -> Submitted:
        placement = PlacementId(self._ids.new())
        after, event = decide.stand(
            news, ad, placement=placement, place=news.place or {}, now=work.now()
        )
        work.ads.put(after)
        (recorded,) = work.record(event)
        work.ads.put_placement(
            Placement(
                site=ad.site,
                id=placement,
                ad=ad.id,
                revision=event.revision,
                section=event.section,
                jurisdiction=after.jurisdiction,
                channel=event.channel,
                url=event.url,
                since=event.happened,
                until=None,
                event_id=recorded.id,
            )
        )
        return _placed(work, ad, event.revision, recorded)


def _placed(work: AdsWork, ad: Ad, revision: int, recorded: Recorded) -> Submitted:
    return Submitted(
        ad=ad.id,
        external_id=ad.external_id,
        revision=revision,
        event_id=recorded.id,
        promise=promise_for(work, ad.site, recorded),
    )


def _account_id(submission: Submission) -> str | None:
    account = submission.account
    return None if account is None or account.get("id") is None else str(account["id"])


T = TypeVar("T")


def _or_refused(taken: Callable[[], T], submission: Submission) -> T | Refusal:
    """What became of one of many. Every refusal is said before anything is written."""
    try:
        decide.check(submission)
        return taken()
    except Refusal as refusal:
        return refusal


def _stored(work: AdsWork, site: Site, key: IdempotencyKey | None) -> Any | None:
    return None if key is None else work.ads.answered(site, key.route, key.key, key.request_sha256)


def _answered(work: AdsWork, site: Site, key: IdempotencyKey | None) -> Submitted | None:
    stored = _stored(work, site, key)
    if stored is None:
        return None
    again = _again(work, site, stored)
    if isinstance(again, Refusal):
        raise again
    return again


def _again(work: AdsWork, site: Site, stored: Any) -> Submitted | Refusal:
    """A stored answer, given again: the same fields, so the same receipt."""
    if "refused" in stored:
        return Refusal(stored["refused"])
    promise = work.ads.promise(site, bytes.fromhex(stored["leaf_hash"]))
    if promise is None:
        raise NotFound("the stored answer has lost its promise")
    return Submitted(
        ad=AdId(stored["ad"]),
        external_id=stored["external_id"],
        revision=stored["revision"],
        event_id=stored["event_id"],
        promise=promise,
        repeated=True,
    )


def _told(answer: Submitted | Refusal) -> dict[str, Any]:
    """An answer as it is stored: ids and a reason, no words."""
    if isinstance(answer, Refusal):
        return {"refused": answer.reason}
    return {
        "ad": answer.ad,
        "external_id": answer.external_id,
        "revision": answer.revision,
        "event_id": answer.event_id,
        "leaf_hash": answer.promise.leaf_hash.hex(),
    }


def _keep(work: AdsWork, site: Site, key: IdempotencyKey | None, told: Any) -> None:
    if key is not None:
        work.ads.remember(site, key.route, key.key, key.request_sha256, told, work.now())


def _remember(
    work: AdsWork, site: Site, key: IdempotencyKey | None, submitted: Submitted
) -> Submitted:
    _keep(work, site, key, _told(submitted))
    return submitted
