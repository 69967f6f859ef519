"""What a submission or a placement makes true. Values in, events out; no clock, no chance."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

from answerable.ads.model import Ad, AdState, Placement, PlacementKind, PlacementNews, Submission
from answerable.events.ads import (
    AdExpired,
    AdMoved,
    AdPlaced,
    AdReceived,
    AdRemoved,
    AdRenewed,
    AdRevised,
    AdWithdrawn,
)
from answerable.events.event import Event
from answerable.kernel.canonical import canonical_bytes
from answerable.kernel.errors import Refusal
from answerable.kernel.ids import ActorId, AdId, PlacementId, Site, SubjectId
from answerable.kernel.limits import EXTERNAL_ID_CHARS_MAX, SHORT_CHARS_MAX, URL_CHARS_MAX
from answerable.kernel.time import MINUTE, Millis

FUTURE_SKEW_MAX = 5 * MINUTE
"""How far a site's clock may run before ours; beyond it the time is refused."""


def words_digest(text: Mapping[str, str], attachments: Sequence[Mapping[str, object]] = ()) -> str:
    """SHA-256 over the exact words and attachment digests: has anything the reader sees changed?"""
    digests = sorted(str(a.get("sha256", "")) for a in attachments)
    return hashlib.sha256(canonical_bytes({"text": dict(text), "files": digests})).hexdigest()


def check(submission: Submission) -> None:
    """Raises Refusal for what no store of ours can keep exactly. Said before anything is written.

    Words may hold anything that has a UTF-8 spelling, NUL included. Names that stand in plain
    columns (the site's id, section, account, URL) may not hold NUL, and are bounded.
    """
    if not submission.external_id:
        raise Refusal("an ad has an external_id")
    account = submission.account or {}
    for name, value, most in (
        ("external_id", submission.external_id, EXTERNAL_ID_CHARS_MAX),
        ("section", submission.section, SHORT_CHARS_MAX),
        ("account.id", account.get("id"), SHORT_CHARS_MAX),
        ("url", submission.url, URL_CHARS_MAX),
    ):
        _check_name(name, value, most)
    if not submission.text:
        raise Refusal("an ad has a text")
    _check_spelling(
        (
            submission.text,
            submission.place,
            submission.language,
            submission.attachments,
            submission.account,
            submission.connections,
            submission.payment,
        )
    )


def check_news(news: PlacementNews) -> None:
    """As `check`, for a placement."""
    _check_name("section", news.section, SHORT_CHARS_MAX)
    _check_name("url", news.url, URL_CHARS_MAX)
    _check_spelling((news.place or {},))


def _check_name(name: str, value: object, most: int) -> None:
    if value is None:
        return
    if not isinstance(value, str):
        raise Refusal(f"{name} is a text", field=name)
    if len(value) > most:
        raise Refusal(f"{name} has {len(value)} characters; {most} is the most", field=name)
    if "\x00" in value:
        raise Refusal(f"{name} holds a NUL", field=name)
    _check_spelling(value)


def _check_spelling(value: object) -> None:
    match value:
        case str():
            try:
                value.encode("utf-8")
            except UnicodeEncodeError:
                raise Refusal("a lone surrogate has no UTF-8 spelling") from None
        case Mapping():
            for key, inner in value.items():
                if not (isinstance(key, str) and key.isascii()):
                    raise Refusal("names of fields are ASCII")
                _check_spelling(inner)
        case list() | tuple():
            for inner in value:
                _check_spelling(inner)
        case _:
            pass


def jurisdiction_of(place: Mapping[str, str]) -> str:
    """`US-CA`, `US` or "" from a stated place; what section closures are compared with."""
    country, region = place.get("country", "").strip(), place.get("region", "").strip()
    if not (len(country) == 2 and country.isascii() and country.isalpha()):
        return ""
    if 1 <= len(region) <= 3 and region.isascii() and region.isalnum():
        return f"{country}-{region}".upper()
    return country.upper()


def happened_at(claimed: Millis | None, now: Millis) -> Millis:
    """The claimed time of an event, or now. A time well after now is refused."""
    if claimed is None:
        return now
    if claimed > now + FUTURE_SKEW_MAX:
        raise Refusal("a time lies in the future", claimed=claimed, now=now)
    return min(claimed, now)


def receive(
    submission: Submission,
    *,
    site: Site,
    ad: AdId,
    subject: SubjectId,
    revision: int,
    actor: ActorId,
    now: Millis,
) -> AdReceived:
    """The event that keeps a submission, word for word, as revision `revision` (from 0)."""
    if submission.spooled_at is not None:
        happened_at(submission.spooled_at, now)
    kind = AdReceived if revision == 0 else AdRevised
    return kind(
        site=site,
        subject=subject,
        happened=happened_at(submission.submitted_at, now),
        known=now,
        actor=actor,
        ad=ad,
        external_id=submission.external_id,
        revision=revision,
        section=submission.section,
        place=dict(submission.place),
        language=submission.language,
        text=dict(submission.text),
        attachments=[dict(a) for a in submission.attachments],
        account=None if submission.account is None else dict(submission.account),
        payment=None if submission.payment is None else dict(submission.payment),
        connections=[dict(c) for c in submission.connections],
        provenance=submission.provenance.value,
        source=submission.source.value,
        spooled_at=submission.spooled_at,
    )


_STANDS = {
    PlacementKind.PUBLISHED: AdPlaced,
    PlacementKind.RENEWED: AdRenewed,
    PlacementKind.MOVED: AdMoved,
}
_ENDS = {
    PlacementKind.EXPIRED: (AdExpired, AdState.EXPIRED),
    PlacementKind.WITHDRAWN: (AdWithdrawn, AdState.WITHDRAWN),
    PlacementKind.REMOVED: (AdRemoved, AdState.REMOVED),
}


def stand(
    news: PlacementNews, ad: Ad, *, placement: PlacementId, place: Mapping[str, str], now: Millis
) -> tuple[Ad, AdPlaced]:
    """A placement begins: published, renewed or moved."""
    revision = ad.last_revision if news.revision is None else news.revision
    if not 0 <= revision <= ad.last_revision:
        raise Refusal("no such revision", revision=revision, last=ad.last_revision)
    section = ad.section if news.section is None else news.section
    event = _STANDS[news.kind](
        site=ad.site,
        subject=ad.open_subject,
        happened=happened_at(news.at, now),
        known=now,
        actor=ActorId("site"),
        ad=ad.id,
        external_id=ad.external_id,
        placement=placement,
        revision=revision,
        section=section,
        place=dict(place),
        channel=news.channel.value,
        url=news.url if news.url is not None else ad.url,
    )
    jurisdiction = jurisdiction_of(place) or ad.jurisdiction
    after = replace(
        ad,
        state=AdState.PUBLISHED,
        section=section,
        jurisdiction=jurisdiction,
        url=news.url if news.url is not None else ad.url,
    )
    return after, event


def end(
    news: PlacementNews, ad: Ad, standing: Sequence[Placement], *, now: Millis
) -> tuple[Ad, tuple[Event, ...]]:
    """Placements end: expired, withdrawn by the poster, or removed. One event for each."""
    kind, state = _ENDS[news.kind]
    events = tuple(
        kind(
            site=ad.site,
            subject=ad.open_subject,
            happened=happened_at(news.at, now),
            known=now,
            actor=ActorId("poster" if news.kind is PlacementKind.WITHDRAWN else "site"),
            ad=ad.id,
            placement=placement,
        )
        for placement in ([p.id for p in standing] or [PlacementId("")])
    )
    return replace(ad, state=state), events


def starts(kind: PlacementKind) -> bool:
    """Does this kind of news begin a placement (and so call for screening)?"""
    return kind in _STANDS
