"""The first sum: submissions = screened + could not be screened + waiting.

A submission is a revision or a placement; each must have its own `screen.owed`, and each of those
at most one outcome. Names that were erased are matched by chain, and what then still has no name
by number alone; how many, the sum says.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from answerable.events.duties.residual import Residual, Term, by_type, is_open
from answerable.events.event import Opened

CAUSE_OF = {
    "ad.received": "received",
    "ad.revised": "revised",
    "ad.published": "published",
    "ad.renewed": "renewed",
    "ad.moved": "moved",
}
RECHECK = "recheck"


@dataclass(frozen=True, slots=True, kw_only=True)
class Submissions:
    """Counts. `submitted + rechecks = screened + could_not + waiting` where nothing is left over.

    `placed` are first placements of a revision already counted; `unnamed` of the submitted could
    be matched by number only, because their names are erased.
    """

    submitted: int
    placed: int
    rechecks: int
    screened: int
    could_not: int
    waiting: int
    unnamed: int


@dataclass(frozen=True, slots=True)
class _Match:
    """One submission and the `screen.owed` that it brought about."""

    submission: Opened
    owed: Opened


def count_submissions(opened: Sequence[Opened]) -> tuple[Submissions, tuple[Residual, ...]]:
    """Count the events of one side (real or synthetic) of the record."""
    events = by_type(opened)
    submissions = sorted((e for kind in CAUSE_OF for e in events[kind]), key=lambda e: e.index)
    owed = list(events["screen.owed"])
    rechecks = [e for e in owed if e.get("cause") == RECHECK]
    pairing = _Pairing(submissions, [e for e in owed if e.get("cause") != RECHECK])
    pairing.run()
    placed, unowed = _split_placed(pairing.submissions, pairing.matches)
    residual = [
        _left("never owed", f"{e.type} calls for screening, and none was ever owed", e)
        for e in unowed
    ]
    residual += [
        _left("nothing submitted", "screening is owed for a submission that is not here", e)
        for e in pairing.owed
    ]
    residual += _strange_rechecks(rechecks, submissions)
    answers = _Answers(owed, events["screen.judged"], events["screen.failed"])
    residual += answers.residual
    counts = Submissions(
        submitted=len(pairing.matches) + len(unowed),
        placed=len(placed),
        rechecks=len(rechecks),
        screened=len(answers.screened),
        could_not=len(answers.could_not),
        waiting=sum(e.leaf_hash.hex() not in answers.answered for e in owed),
        unnamed=pairing.unnamed,
    )
    return counts, tuple(residual)


class _Pairing:
    """Pairs submissions with what is owed for them, by the strictest name both still have."""

    def __init__(self, submissions: Sequence[Opened], owed: Sequence[Opened]) -> None:
        self.submissions = list(submissions)
        self.owed = list(owed)
        self.matches: list[_Match] = []
        self.unnamed = 0

    def run(self) -> None:
        self._pass(_full_name, _full_name)
        self._pass(_revision_name, lambda e: None if e.get("placement") else _revision_name(e))
        self._pass(_own_chain, _open_chain)
        before = len(self.matches)
        self._pass(_cause, lambda e: None if is_open(e, "link") else _cause(e))
        self._pass(lambda _: "any", lambda e: None if _cause(e) else "any")
        self.unnamed = len(self.matches) - before

    def _pass(
        self,
        key_of_submission: Callable[[Opened], Hashable],
        key_of_owed: Callable[[Opened], Hashable],
    ) -> None:
        waiting: defaultdict[Hashable, list[Opened]] = defaultdict(list)
        for event in reversed(self.owed):
            key = key_of_owed(event)
            if key is not None:
                waiting[key].append(event)
        left, taken = [], set()
        for event in self.submissions:
            key = key_of_submission(event)
            if key is not None and waiting[key]:
                owed = waiting[key].pop()
                taken.add(owed.index)
                self.matches.append(_Match(event, owed))
            else:
                left.append(event)
        self.submissions = left
        self.owed = [e for e in self.owed if e.index not in taken]


def _cause(event: Opened) -> str | None:
    cause = CAUSE_OF.get(event.type, event.get("cause"))
    return cause if isinstance(cause, str) else None


def _revision_name(event: Opened) -> Hashable:
    ad = event.get("ad")
    return None if ad is None else (_cause(event), ad, event.get("revision"))


def _full_name(event: Opened) -> Hashable:
    ad = event.get("ad")
    if ad is None:
        return None
    return _cause(event), ad, event.get("revision"), event.get("placement")


def _own_chain(event: Opened) -> Hashable:
    return None if is_open(event, "ad_text") else (_cause(event), event.subject)


def _open_chain(event: Opened) -> Hashable:
    subject = event.get("open_subject")
    return None if subject is None else (_cause(event), subject)


def _split_placed(
    left: Sequence[Opened], matches: Sequence[_Match]
) -> tuple[list[Opened], list[Opened]]:
    """First placements whose revision's own screening was owed need none of their own."""
    revisions = {
        (m.submission.subject, m.submission.get("revision"))
        for m in matches
        if m.submission.type in ("ad.received", "ad.revised")
    }
    subjects = {subject for subject, _ in revisions}
    placed: list[Opened] = []
    unowed: list[Opened] = []
    for event in left:
        revision = event.get("revision")
        known = (event.subject, revision) in revisions or (event.subject, None) in revisions
        covered = known or (revision is None and event.subject in subjects)
        (placed if event.type == "ad.published" and covered else unowed).append(event)
    return placed, unowed


def _strange_rechecks(rechecks: Sequence[Opened], submissions: Sequence[Opened]) -> list[Residual]:
    ads = {e.get("ad") for e in submissions}
    subjects = {e.subject for e in submissions}
    return [
        _left("nothing submitted", "a recheck is owed of an ad that was never submitted", e)
        for e in rechecks
        if is_open(e, "link") and e.get("ad") not in ads and e.get("open_subject") not in subjects
    ]


class _Answers:
    """Which `screen.owed` was answered by what; each answer must answer one that is there."""

    def __init__(
        self, owed: Sequence[Opened], judged: Sequence[Opened], failed: Sequence[Opened]
    ) -> None:
        self.residual: list[Residual] = []
        self._by_leaf = {e.leaf_hash.hex(): e for e in owed}
        self._open_of: defaultdict[str, list[str]] = defaultdict(list)
        answered = {e.get("owed") for e in (*judged, *failed)}
        for event in reversed(owed):
            if event.leaf_hash.hex() not in answered:
                self._open_of[event.subject].append(event.leaf_hash.hex())
        self.screened = self._resolve(judged)
        # A failure that was later mended by a judgement of the same duty counts as screened.
        self.could_not = self._resolve(failed) - self.screened
        self.answered = self.screened | self.could_not

    def _resolve(self, answers: Sequence[Opened]) -> set[str]:
        times: Counter[str] = Counter()
        for event in answers:
            leaf = event.get("owed")
            if not is_open(event, "link") and self._open_of[event.subject]:
                leaf = self._open_of[event.subject].pop()
            owed = self._by_leaf.get(leaf) if isinstance(leaf, str) else None
            if owed is None or owed.subject != event.subject:
                words = f"{event.type} answers a screening that was never owed on its chain"
                self.residual.append(_left("not owed", words, event))
                continue
            times[owed.leaf_hash.hex()] += 1
            if times[owed.leaf_hash.hex()] > 1 and event.type == "screen.judged":
                words = "one screening was judged twice"
                self.residual.append(_left("judged twice", words, owed, event))
            if None not in (ads := (event.get("ad"), owed.get("ad"))) and ads[0] != ads[1]:
                words = "a judgement names another ad than the screening that it answers"
                self.residual.append(_left("another ad", words, owed, event))
        return set(times)


def _left(kind: str, words: str, *events: Opened) -> Residual:
    ids = tuple(dict.fromkeys(str(e.get("ad")) for e in events if e.get("ad") is not None))
    return Residual(
        term=Term.SUBMISSIONS,
        kind=kind,
        words=words,
        subject=events[0].subject,
        ids=ids,
        indices=tuple(e.index for e in events),
    )
