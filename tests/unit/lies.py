"""Lies of a cheating operator, each a story told without a step or with one changed.

For each: the term whose sum shows it, the kind of what is left over, and how it is told.
"""

from collections.abc import Callable, Mapping

from tests.unit.bundle_maker import changed, name_of, tell
from tests.unit.story_maker import NUMBERS, honest

from answerable.events.duties.sums import Term
from answerable.events.event import Event

Change = Mapping[str, Callable[[Event], Event]]

LIES: Mapping[str, tuple[Term, str, tuple[str, ...], Change]] = {
    # reports: a dropped duty row, an invented report id, a finished report without decision
    "report, its duty dropped": (Term.REPORTS, "never owed", ("rep-b-owed",), {}),
    "report, its whole history dropped": (
        Term.REPORTS,
        "came to nothing",
        ("rep-e-owed",),
        {},
    ),
    "report, id invented": (
        Term.REPORTS,
        "never opened",
        (),
        {"rep-b-finished": changed(tipline_id="9999999")},
    ),
    "report, no decision": (Term.REPORTS, "not decided", ("dec-b-decided",), {}),
    "report, an ad left out at the end": (
        Term.REPORTS,
        "left out",
        (),
        {"rep-b2-finished": changed(ads=[name_of("b2")])},
    ),
    "report, an ad more than was decided": (
        Term.REPORTS,
        "not decided",
        (),
        {"rep-b-finished": changed(ads=[name_of("b"), name_of("c")])},
    ),
    "report, one id for two": (
        Term.REPORTS,
        "one id",
        (),
        {
            "rep-b2-opened-1": changed(tipline_id=NUMBERS["b"]),
            "rep-b2-finished": changed(tipline_id=NUMBERS["b"]),
        },
    ),
    "report, bytes never written down": (
        Term.REPORTS,
        "never intended",
        ("rep-b-intended",),
        {},
    ),
    "report, finished and withdrawn": (
        Term.REPORTS,
        "both ends",
        (),
        {"rep-f-withdrawn": changed(subject=name_of("rep-b"), report=name_of("rep-b"))},
    ),
    "report by hand, another number": (
        Term.REPORTS,
        "by hand otherwise",
        (),
        {"rep-b2-by-hand": changed(tipline_id="4564699")},
    ),
    "report by hand, bytes never laid out": (
        Term.REPORTS,
        "never intended",
        (),
        {"rep-b2-by-hand": changed(sha256="00" * 32)},
    ),
    "report by hand, never finished": (
        Term.REPORTS,
        "by hand otherwise",
        ("rep-b2-finished",),
        {},
    ),
    "report by hand, confirmed under another number": (
        Term.REPORTS,
        "reconciled otherwise",
        (),
        {"rep-b2-listed": changed(tipline_id="4564699")},
    ),
    "report, called synthetic": (
        Term.MARKS,
        "marked",
        (),
        {"rep-b-owed": changed(synthetic=True)},
    ),
    # ads: a dropped duty row, an invented outcome, an outcome without submission
    "ad, its duty dropped": (Term.SUBMISSIONS, "never owed", ("h-owed-received-0",), {}),
    "ad, outcome of no duty": (
        Term.SUBMISSIONS,
        "not owed",
        ("b-owed-received-0",),
        {},
    ),
    "ad, outcome invented": (
        Term.SUBMISSIONS,
        "not owed",
        (),
        {"c-judged-received-0": changed(owed="ab" * 32)},
    ),
    "ad, screened and never submitted": (
        Term.SUBMISSIONS,
        "nothing submitted",
        ("d-received",),
        {},
    ),
    "ad, one duty judged twice": (
        Term.SUBMISSIONS,
        "judged twice",
        (),
        {"a-judged-published-0": lambda e: changed(owed=_leaf("a-owed-received-0"))(e)},
    ),
    "ad, judged under another's name": (
        Term.SUBMISSIONS,
        "another ad",
        (),
        {"c-judged-received-0": changed(ad=name_of("d"))},
    ),
    # alerts: a dropped duty row, an invented answer, an answer without decision
    "alert, its duty dropped": (Term.ALERTS, "no case", ("alert-3-attached",), {}),
    "alert, answered and never sent": (Term.ALERTS, "never received", ("alert-2-received",), {}),
    "alert, no decision": (Term.ALERTS, "no decision", ("dec-c-decided",), {}),
    "alert, said to be reported": (
        Term.ALERTS,
        "outcome",
        (),
        {"alert-2-answered": changed(outcome="reported")},
    ),
    "alert, declined by one": (
        Term.ALERTS,
        "outcome",
        (),
        {"dec-c-decided": changed(second="staff:1")},
    ),
    "alert, answered twice": (
        Term.ALERTS,
        "answered twice",
        (),
        {"alert-2-answered": changed(subject=name_of("alert-1"), alert=name_of("alert-1"))},
    ),
    "alert, two under one name": (
        Term.ALERTS,
        "shared",
        (),
        {"alert-3-received": changed(alert=name_of("alert-1"))},
    ),
}


def _leaf(step: str) -> str:
    return next(t.sealed.leaf_hash.hex() for t in tell(honest()) if t.step.name == step)
