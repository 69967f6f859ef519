"""Legal process, purely: its kinds, what each holds and for how long, what each may be given.

One table says which groups of which events a kind of process opens (ALLOWED). A preservation
letter and a foreign demand open nothing: they are asked to keep, not to give.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from answerable.events.duties.clocks import (
    PRESERVE_2703F,
    PRESERVE_2703F_RENEWED,
    PRESERVE_CANADA,
    PRESERVE_UK,
    Duty,
)
from answerable.kernel.canonical import Json, canonical_bytes
from answerable.kernel.errors import Refusal
from answerable.kernel.ids import ActorId, Site, SubjectId
from answerable.kernel.limits import SHORT_CHARS_MAX
from answerable.kernel.time import DAY, Millis

TERMS_MAX = 1_000  # names in one scope; what a clerk can compare with the paper
SCOPE_ADS_MAX = 20_000  # one transaction places every hold; a wider paper is entered in parts
KEEP_AFTER_CLOSE = 90 * DAY  # own promise: whoever asked may ask again before anything goes
DIGEST_CHARS = 64


class Kind(StrEnum):
    """What was served."""

    PRESERVATION_LETTER = "preservation-letter"
    FOREIGN_DEMAND = "foreign-preservation-demand"
    SUBPOENA = "subpoena"
    COURT_ORDER = "court-order"
    SEARCH_WARRANT = "search-warrant"
    DESTRUCTION_REQUEST = "destruction-request"

    @property
    def preserves_only(self) -> bool:
        """Asked to keep, not to give."""
        return self in (Kind.PRESERVATION_LETTER, Kind.FOREIGN_DEMAND)


AD, SCREENING, DIRECTIVE, HOLD = "ad", "screening", "directive", "hold"
CASE, REPORT, ALERT = "case", "report", "alert"

_BASIC = {AD: frozenset({"facts", "poster_pii", "connections"})}
_ORDER = {
    AD: _BASIC[AD] | {"ad_text", "images"},
    SCREENING: frozenset({"facts", "link", "verdict"}),
    DIRECTIVE: frozenset({"facts", "link"}),
    HOLD: frozenset({"facts", "link"}),
    CASE: frozenset({"facts", "link"}),
    REPORT: frozenset({"facts", "link"}),
}
_WARRANT = _ORDER | {
    CASE: _ORDER[CASE] | {"report"},
    ALERT: frozenset({"facts", "link", "alert_text", "alerter"}),
}

ALLOWED: Mapping[Kind, Mapping[str, frozenset[str]]] = {
    Kind.PRESERVATION_LETTER: {},
    Kind.FOREIGN_DEMAND: {},
    Kind.DESTRUCTION_REQUEST: {},
    Kind.SUBPOENA: _BASIC,
    Kind.COURT_ORDER: _ORDER,
    Kind.SEARCH_WARRANT: _WARRANT,
}
"""Family of events, then the groups that may be opened. docs/preservation.md shows the table."""

ONLY_IF_NAMED = frozenset({"alerter", "report"})
"""Never ticked by itself: who alerted may be the child, and a reviewer's words quote others."""


def allowed_groups(kind: Kind) -> frozenset[str]:
    """Every group that a person may confirm for this kind."""
    return frozenset().union(*ALLOWED[kind].values())


def suggested_groups(kind: Kind) -> frozenset[str]:
    """What the form has ticked at first."""
    return allowed_groups(kind) - ONLY_IF_NAMED


def opened_groups(kind: Kind, family: str, confirmed: frozenset[str]) -> frozenset[str]:
    """What of an event of this family is opened: allowed for the kind, and confirmed."""
    return ALLOWED[kind].get(family, frozenset()) & (confirmed | {"facts", "link"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whom and what a paper names. `ads` are the site's own ids, whatever their date; accounts
    and contacts count for ads received from `since` on and before `until` (ms, None: unbounded).
    """

    ads: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    contacts: tuple[tuple[str, str], ...] = ()  # (kind, value), spelled as the contact index does
    since: Millis | None = None
    until: Millis | None = None
    future: bool = False

    def spelled(self) -> dict[str, Json]:
        """As it stands in the event."""
        return {
            "ads": list(self.ads),
            "accounts": list(self.accounts),
            "contacts": [[kind, value] for kind, value in self.contacts],
            "since": self.since,
            "until": self.until,
        }

    def covers(self, received: Millis) -> bool:
        """Is an ad received then within the dates?"""
        after = self.since is None or received >= self.since
        return after and (self.until is None or received < self.until)

    def terms(self) -> tuple[tuple[str, str], ...]:
        """(kind, value) as rows for live matching."""
        found = [("ad", name) for name in self.ads]
        found += [("account", name) for name in self.accounts]
        return tuple(dict.fromkeys([*found, *(("contact:" + k, v) for k, v in self.contacts)]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What a person enters of a served paper. `document` is the SHA-256 of the stored file."""

    kind: Kind
    jurisdiction: str
    authority: str
    reference: str
    contact: str
    served: Millis
    document: str = field(repr=False)
    scope: Scope
    ends: Millis | None = None  # where the paper itself names a day and no law of ours does
    lifts: str | None = None  # a request to destroy: the process of the same authority


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """The row of a process: kinds and times. Who and what for is in its first event."""

    id: str
    site: Site
    subject: SubjectId
    kind: Kind
    jurisdiction: str
    served: Millis
    received: Millis
    ends: Millis | None
    renewals: int
    future: bool
    since: Millis | None
    until: Millis | None
    closed: Millis | None
    lifts: str | None = None

    def takes_in(self, now: Millis) -> bool:
        """Do ads that arrive now come under it?"""
        open_ = self.closed is None and (self.ends is None or self.ends > now)
        within = (self.since is None or now >= self.since) and (
            self.until is None or now < self.until
        )
        return self.future and open_ and within


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """An export that two people confirmed, and, once `made`, as of which tree size it is.

    Made again it has the same bytes, unless something in it was erased since.
    """

    site: Site
    process: str
    id: str
    number: int  # 1, 2, 3 … within the process
    data_groups: frozenset[str]
    approvers: tuple[ActorId, ...]
    reason: str = field(repr=False)
    ordered: Millis
    made: Millis | None = None
    tree_size: int = 0
    sha256: str = ""
    size: int = 0
    items: int = 0
    files: Mapping[str, str] = field(default_factory=dict)  # path to SHA-256


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An ad in scope."""

    ad: str
    account: str | None
    received: Millis


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """How long a kind of process from somewhere holds, and how often it can be renewed."""

    first: Duty
    renewed: Duty | None


LENGTHS: Mapping[tuple[Kind, str], Length] = {
    (Kind.PRESERVATION_LETTER, "US"): Length(first=PRESERVE_2703F, renewed=PRESERVE_2703F_RENEWED),
    (Kind.FOREIGN_DEMAND, "GB"): Length(first=PRESERVE_UK, renewed=None),
    (Kind.FOREIGN_DEMAND, "CA"): Length(first=PRESERVE_CANADA, renewed=None),
}
RENEWALS_MAX = 1


def length_of(kind: Kind, jurisdiction: str, configured: frozenset[str]) -> Length | None:
    """The law's length for it, if the operator's configuration says that this law binds us."""
    country = jurisdiction.split("-", maxsplit=1)[0]
    return LENGTHS.get((kind, country)) if country in configured else None


def end_of(paper: Paper, configured: frozenset[str]) -> Millis | None:
    """When the holds of this paper end; None: not before it is closed.

    A law's length runs from service. A later day named by the paper itself wins; an earlier one
    does not. Raises Refusal where neither law nor paper names an end and the kind needs one.
    """
    length = length_of(paper.kind, paper.jurisdiction, configured)
    if length is None:
        if paper.kind.preserves_only and paper.ends is None:
            raise Refusal(
                "no length is configured for this kind and jurisdiction: state the end",
                kind=paper.kind.value,
                jurisdiction=paper.jurisdiction,
                configured=sorted(configured),
            )
        return paper.ends
    ends = length.first.ends(paper.served)
    return ends if paper.ends is None else Millis(max(ends, paper.ends))


def renewed_end(
    process: Process, stated: Millis | None, configured: frozenset[str], now: Millis
) -> Millis:
    """The new end after a renewed request: later than the old one, or a Refusal."""
    if process.closed is not None:
        raise Refusal("this process is closed; enter the new letter as a process of its own")
    if process.ends is None:
        raise Refusal("its holds have no end yet: there is nothing to renew")
    if process.ends <= now:
        raise Refusal("its holds have ended; enter the new letter as a process of its own")
    length = length_of(process.kind, process.jurisdiction, configured)
    if length is not None:
        if length.renewed is None:
            raise Refusal("this law knows no renewal; enter a new demand as a process of its own")
        if process.renewals >= RENEWALS_MAX:
            raise Refusal("renewed already; enter a further letter as a process of its own")
        return length.renewed.ends(process.ends)
    if stated is None or stated <= process.ends:
        raise Refusal("a renewal states an end later than the one that runs")
    return stated


def check_paper(paper: Paper, now: Millis) -> None:
    """Raise Refusal for what a clerk must look at again; nothing is guessed."""
    for name in ("authority", "reference", "contact", "jurisdiction"):
        value = getattr(paper, name)
        if not value.strip() or len(value) > SHORT_CHARS_MAX:
            raise Refusal(f"say the {name}, in {SHORT_CHARS_MAX} characters at most")
    if len(paper.document) != DIGEST_CHARS:
        raise Refusal("the served paper comes with it, as a file")
    if paper.served > now:
        raise Refusal("it was served in the past")
    if paper.ends is not None and paper.ends <= now:
        raise Refusal("an end that is past holds nothing")
    _check_scope(paper.scope)
    destroys = paper.kind is Kind.DESTRUCTION_REQUEST
    if destroys and not paper.scope.ads:
        raise Refusal("a request to destroy names each ad")
    if destroys and (paper.scope.accounts or paper.scope.contacts or paper.scope.future):
        raise Refusal("a request to destroy names ads only, none that are still to come")
    if paper.lifts is not None and not destroys:
        raise Refusal("only a request to destroy takes an earlier process back")


def _check_scope(scope: Scope) -> None:
    terms = scope.terms()
    if not terms:
        raise Refusal("a scope names ads, accounts or contacts")
    if len(terms) > TERMS_MAX:
        raise Refusal("the scope names too much for one entry", terms_max=TERMS_MAX)
    if any(not value.strip() or len(value) > SHORT_CHARS_MAX for _, value in terms):
        raise Refusal("a name in the scope is empty or too long", chars_max=SHORT_CHARS_MAX)
    if scope.since is not None and scope.until is not None and scope.since >= scope.until:
        raise Refusal("the dates of the scope are the wrong way round")


def check_found(found: Sequence[Found]) -> None:
    if len(found) > SCOPE_ADS_MAX:
        raise Refusal(
            "too many ads for one entry: enter the paper in parts, by dates or names",
            ads_max=SCOPE_ADS_MAX,
        )


def same_authority(one: str, other: str) -> bool:
    """Spelled alike but for case and white space."""
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def check_groups(process: Process, groups: frozenset[str]) -> None:
    """Raise Refusal for an export that this kind of process does not allow."""
    allowed = allowed_groups(process.kind)
    if not allowed:
        raise Refusal("this kind of process asks to keep; nothing is given out on it")
    if not groups:
        raise Refusal("say which groups are given")
    if more := groups - allowed:
        raise Refusal(
            "this kind of process does not open these groups",
            groups=sorted(more),
            allowed=sorted(allowed),
        )


EXPORT, CLOSE = "export:", "close:"
"""How a consent to each begins."""


def export_key(process: str, groups: frozenset[str]) -> str:
    """What two people agree to who give these groups out; short enough for its column."""
    named = canonical_bytes(sorted(groups))
    return f"{EXPORT}{process}:{hashlib.sha256(named).hexdigest()[:32]}"


def close_key(process: str) -> str:
    return f"{CLOSE}{process}"


def closed(process: Process, now: Millis) -> Process:
    """Nothing comes into its scope any more; what had no end has one now."""
    if process.closed is not None:
        raise Refusal("this process is closed already", process=process.id)
    ends = Millis(now + KEEP_AFTER_CLOSE) if process.ends is None else process.ends
    return replace(process, closed=now, ends=ends)


def accounts_of(found: Iterable[Found]) -> int:
    return len({each.account for each in found if each.account is not None})
