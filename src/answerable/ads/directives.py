"""Directives: what the site is told to do with one ad, and when it may be told what. Pure.

The site hosts the ad; a row of ours hides nothing. So every hide, withhold, refuse, restore or
remove is a directive that is issued, acknowledged by the site at its own time, and observed by a
probe, or else overdue. An ad may be seen only after a publish, and only until the next take-down.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import assert_never

from answerable.events.directives import DirectiveIssued
from answerable.events.duties.clocks import ALERT_ACT, APPEAL_PERIOD
from answerable.events.event import Recorded, event_header
from answerable.events.hiding import HidingCredited
from answerable.kernel.canonical import Json
from answerable.kernel.ids import ActorId, AdId, DirectiveId, Site, SubjectId
from answerable.kernel.time import DAY, Millis

FEED_LIMIT_MAX = 500
CREDIT_NOTICE = "checked"  # the one key of the poster's notice; there is no other, on purpose
STATEMENT_GROUND = "terms"  # the site's own terms: never what made us look
UP_WITHIN = 1 * DAY  # a publish or restore serves the poster: same day
DOWN_WITHIN = ALERT_ACT.length  # what we promise the alerter, the site has to keep for us


class Action(StrEnum):
    """What the site is to do with the ad."""

    PUBLISH = "publish"
    WITHHOLD = "withhold"
    REFUSE = "refuse"
    HIDE = "hide"
    RESTORE = "restore"
    REMOVE = "remove"

    @property
    def puts_up(self) -> bool:
        """May the ad be seen after this?"""
        return self in (Action.PUBLISH, Action.RESTORE)


class Cause(StrEnum):
    """Why it was issued."""

    ALERT = "alert"
    SCREENING = "screening"
    DECISION = "decision"
    AVAILABILITY = "availability"
    RESTORE_CLOCK = "restore-clock"


class Seen(StrEnum):
    """What a probe of the ad's URL or API saw."""

    UP = "up"
    DOWN = "down"
    UNREACHABLE = "unreachable"


class Screened(StrEnum):
    """The last outcome of screening that counts for the ad."""

    PUBLISH = "publish"
    WITHHOLD = "withhold"
    REFUSE = "refuse"
    FAILED = "failed"


class Decided(StrEnum):
    """What people decided on the ad, as far as a directive follows from it."""

    REPORT = "report"
    REMOVE = "remove"
    RESTRICT = "restrict"
    WARN = "warn"
    NO_ACTION = "no_action"


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectedAd:
    """An ad as directives know it."""

    site: Site
    ad: AdId
    external_id: str
    open_subject: SubjectId
    closed_subject: SubjectId
    last_revision: int
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Everything that decides whether an ad may be seen. A projection of its closed chain.

    `hidden`: somebody alerted us and no person has decided since. `restricted`, `removed`: a
    person decided so, and no person has decided otherwise since. `last`: the directive in force.
    `unavailable`: its section is closed; `back_when_open`: and but for that it would be up.
    """

    site: Site
    ad: AdId
    screened: Screened | None = None
    screened_revision: int = -1
    hidden: bool = False
    restricted: bool = False
    removed: bool = False
    last: Action | None = None
    unavailable: bool = False
    back_when_open: bool = False

    @property
    def barred(self) -> bool:
        """A publish verdict changes nothing: people have the ad in hand."""
        return self.hidden or self.restricted or self.removed

    @property
    def visible(self) -> bool:
        """May the public see the ad? Only what a directive put up, never what merely waits."""
        return self.last is not None and self.last.puts_up


def after_alert(now: Standing) -> tuple[Standing, Action | None]:
    """Hide first. An ad already hidden or removed needs no second directive."""
    after = replace(now, hidden=True)
    if now.hidden or now.removed:
        return after, None
    return replace(after, last=Action.HIDE), Action.HIDE


def after_verdict(
    now: Standing,
    screened: Screened,
    *,
    revision: int,
    last_revision: int,
    available: bool = True,
) -> tuple[Standing, Action | None]:
    """Obey screening. Verdicts may come out of order; an older revision's never lifts anything.

    A publish holds for the newest revision only (what the site shows next), and never where people
    have the ad in hand. A withhold or refuse is obeyed for any revision not judged since.
    Not `available`: its section is closed, and that is why it is refused.
    """
    if revision < now.screened_revision:
        return now, None
    after = replace(
        now,
        screened=screened,
        screened_revision=revision,
        unavailable=not available,
        back_when_open=False,
    )
    action = _of_screening(screened)
    if action is Action.PUBLISH and (now.barred or revision < last_revision):
        return after, None
    if now.removed:
        return after, None
    return replace(after, last=action), action


def _of_screening(screened: Screened) -> Action:
    match screened:
        case Screened.PUBLISH:
            return Action.PUBLISH
        case Screened.WITHHOLD | Screened.FAILED:
            return Action.WITHHOLD
        case Screened.REFUSE:
            return Action.REFUSE
        case unknown:
            assert_never(unknown)


def after_decision(
    now: Standing, decided: Decided, *, last_revision: int
) -> tuple[Standing, Action | None]:
    """Obey people: report and remove take the ad down for good, restrict holds it back."""
    match decided:
        case Decided.REPORT | Decided.REMOVE:
            after = replace(now, hidden=False, restricted=False, removed=True, back_when_open=False)
            if now.removed:
                return after, None
            return replace(after, last=Action.REMOVE), Action.REMOVE
        case Decided.RESTRICT:
            after = replace(now, hidden=False, restricted=True, removed=False, back_when_open=False)
            return replace(after, last=Action.WITHHOLD), Action.WITHHOLD
        case Decided.WARN | Decided.NO_ACTION:
            return _released(now, last_revision)
        case unknown:
            assert_never(unknown)


def _released(now: Standing, last_revision: int) -> tuple[Standing, Action | None]:
    """People let the ad go. It comes back only if its newest words were screened.

    People may overrule a withhold: they read the words. They overrule neither a refusal (a closed
    section stays closed) nor a screening that failed or is still owed: nobody's words pass unread.
    """
    after = replace(now, hidden=False, restricted=False, removed=False)
    judged = now.screened if now.screened_revision == last_revision else None
    match judged:
        case Screened.PUBLISH | Screened.WITHHOLD if now.unavailable:
            return replace(after, back_when_open=True), None
        case Screened.PUBLISH | Screened.WITHHOLD:
            action = None if now.visible else Action.RESTORE
        case Screened.REFUSE:
            action = None if now.last is Action.REFUSE else Action.REFUSE
        case Screened.FAILED:
            action = None if now.last is Action.WITHHOLD else Action.WITHHOLD
        case None:
            action = None  # the verdict that is owed will say
        case unknown:
            assert_never(unknown)
    return (after if action is None else replace(after, last=action)), action


def down_since(newest_first: Sequence["Directive"]) -> Millis | None:
    """When the ad was told to go down, having been up. None: it is up, or never was.

    `newest_first`: its directives so far. Whatever took it down, and however often, counts as one.
    """
    since: Millis | None = None
    for told in newest_first:
        if told.action.puts_up:
            return since
        since = told.issued
    return None


class DirectiveState(StrEnum):
    """How far the site has come with it."""

    ISSUED = "issued"
    ACKNOWLEDGED = "acknowledged"
    OBSERVED = "observed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Directive:
    """The row of a directive. `replaced`: since when another stands for the ad, or nothing must.

    `seen` is the last probe's answer and `probed` its time; `observed` the time since when what
    was seen agrees (None again once it does not). `overdue`: the time it was found to be.
    `credit`: of a restore, for how many ms the ad had been down since it was last up.
    """

    site: Site
    id: DirectiveId
    number: int
    ad: AdId
    external_id: str
    closed_subject: SubjectId
    action: Action
    cause: Cause
    revision: int
    issued: Millis
    deadline: Millis
    acknowledged: Millis | None = None
    site_time: Millis | None = None
    seen: Seen | None = None
    probed: Millis | None = None
    observed: Millis | None = None
    overdue: Millis | None = None
    replaced: Millis | None = None
    credit: int | None = None

    @property
    def state(self) -> DirectiveState:
        if self.acknowledged is None:
            return DirectiveState.ISSUED
        return DirectiveState.ACKNOWLEDGED if self.observed is None else DirectiveState.OBSERVED

    def agrees(self, seen: Seen) -> bool:
        """Is what a probe saw what the site was told? Unreachable agrees with nothing."""
        return seen is (Seen.UP if self.action.puts_up else Seen.DOWN)

    def as_feed(self) -> dict[str, Json]:
        """As the site reads it: GET /v1/directives and the webhook's body. Times in ms UTC.

        `credit` says how long the ad was not seen, in the same words for every cause. `statement`
        is what its poster is owed when a person took the ad down (DSA art. 17): the same for a
        report, a removal and a restriction, so that it tells none from another.
        """
        more: dict[str, Json] = {}
        if self.credit is not None:
            more["credit"] = {"down_ms": self.credit, "notice": CREDIT_NOTICE}
        if self.cause is Cause.DECISION and not self.action.puts_up:
            more["statement"] = {
                "ground": STATEMENT_GROUND,
                "automated": False,
                "complain_until": APPEAL_PERIOD.ends(self.issued),
            }
        return {
            **more,
            "number": self.number,
            "directive": self.id,
            "ad": self.ad,
            "external_id": self.external_id,
            "action": self.action.value,
            "cause": self.cause.value,
            "revision": self.revision,
            "issued": self.issued,
            "deadline": self.deadline,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How long the site has to acknowledge and be seen to obey; milliseconds."""

    up_within: int = UP_WITHIN
    down_within: int = DOWN_WITHIN

    def deadline(self, action: Action, issued: Millis) -> Millis:
        return Millis(issued + (self.up_within if action.puts_up else self.down_within))


PROMISED = Terms()


def issue(
    ad: DirectedAd,
    *,
    directive: DirectiveId,
    number: int,
    action: Action,
    cause: Cause,
    revision: int,
    because: Recorded,
    now: Millis,
    terms: Terms,
    credit: int | None = None,
) -> tuple[Directive, DirectiveIssued]:
    """The row and the event. The event names the leaf it follows from, on the closed chain only."""
    row = Directive(
        site=ad.site,
        id=directive,
        number=number,
        ad=ad.ad,
        external_id=ad.external_id,
        closed_subject=ad.closed_subject,
        action=action,
        cause=cause,
        revision=revision,
        issued=now,
        deadline=terms.deadline(action, now),
        credit=credit,
    )
    event = DirectiveIssued(
        **event_header(ad.site, ad.closed_subject, ActorId("system:ads"), now),
        refs=(because.leaf_hash.hex(),),
        directive=directive,
        ad=ad.ad,
        external_id=ad.external_id,
        number=number,
        action=action.value,
        cause=cause.value,
        deadline=row.deadline,
    )
    return row, event


def credited(restore: Directive, since: Millis) -> HidingCredited:
    """The event of a restore: for how long the ad was not seen."""
    return HidingCredited(
        **event_header(restore.site, restore.closed_subject, ActorId("system:ads"), restore.issued),
        directive=restore.id,
        ad=restore.ad,
        since=since,
        down_ms=restore.issued - since,
    )
