"""From the decision form to a choice: what was typed, read once and kept for the form's return."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from answerable.apps.console.incident import Incident
from answerable.apps.console.visit import Form
from answerable.cases.model import Basis, BasisKind, Choice, DecisionKind, LinkedAd
from answerable.kernel.errors import Refusal
from answerable.kernel.ids import AdId

AGE_MAX = 150
NAME_CHARS_MAX = 100
ORIGIN_CHARS_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """The decision form's fields as they stand, sent or fresh."""

    kind: str = ""
    ads: frozenset[str] = frozenset()
    linked: frozenset[str] = frozenset()
    reason: str = ""
    basis: frozenset[str] = frozenset()
    basis_words: Mapping[str, str] = field(default_factory=dict)
    no_basis: bool = False
    urgent: bool = False
    urgent_reason: str = ""
    age: str = ""
    first_name: str = ""
    last_name: str = ""
    screen_name: str = ""
    origin: str = ""

    @property
    def has_victim(self) -> bool:
        return bool(
            self.age or self.first_name or self.last_name or self.screen_name or self.origin
        )


def fresh(incident: Incident) -> Typed:
    """The form as first shown: every undecided ad is ticked, nothing else is."""
    return Typed(ads=frozenset(incident.undecided))


def for_emergency(incident: Incident) -> Typed:
    """The form after a call: a report, urgent; its concrete reason is for the reviewer to say."""
    return replace(fresh(incident), kind=DecisionKind.REPORT.value, urgent=True)


def read(form: Form) -> Typed:
    """What was sent, nothing judged."""
    return Typed(
        kind=form.one("kind"),
        ads=frozenset(form.many("ads")),
        linked=frozenset(form.many("linked")),
        reason=form.one("reason"),
        basis=frozenset(form.many("basis")),
        basis_words={kind.value: form.one(f"words_{kind.value}") for kind in BasisKind},
        no_basis=form.has("no_basis"),
        urgent=form.has("urgent"),
        urgent_reason=form.one("urgent_reason"),
        age=form.one("age"),
        first_name=form.one("first_name"),
        last_name=form.one("last_name"),
        screen_name=form.one("screen_name"),
        origin=form.one("origin"),
    )


def choice_of(typed: Typed, incident: Incident) -> Choice:
    """The command. Raises Refusal for what the form alone can tell; cases judges the rest.

    Linked ads enter a report. Any other decision leaves them alone, except where the case has no
    ad of its own: then the ticked ones are what is decided on.
    """
    if not typed.kind:
        raise Refusal("choose what you decide")
    try:
        kind = DecisionKind(typed.kind)
    except ValueError:
        raise Refusal("choose what you decide") from None
    if typed.urgent_reason and not typed.urgent:
        raise Refusal("you say why it is urgent and have not ticked urgent")
    takes_linked = kind is DecisionKind.REPORT or not incident.case.ads
    reasons = {one.other: one.reason for one in incident.linked}
    if strange := [ad for ad in typed.linked if ad not in reasons]:
        raise Refusal("a ticked ad is not linked any more: look again", ads=strange)
    return Choice(
        kind=kind,
        ads=tuple(AdId(ad) for ad in incident.case.ad_ids if ad in typed.ads),
        reason=typed.reason,
        basis=_basis(typed),
        no_basis_confirmed=typed.no_basis,
        urgent=typed.urgent,
        urgent_reason=typed.urgent_reason if typed.urgent else None,
        linked=tuple(
            LinkedAd(ad=one.other, reason=reasons[one.other])
            for one in incident.linked
            if takes_linked and one.other in typed.linked
        ),
        victim=_victim(typed) if typed.has_victim else None,
    )


def _basis(typed: Typed) -> tuple[Basis, ...]:
    unticked = [k for k, words in typed.basis_words.items() if words and k not in typed.basis]
    if unticked:
        raise Refusal("you wrote a fact down and have not ticked it", basis=unticked)
    return tuple(
        Basis(kind=kind, words=typed.basis_words.get(kind.value) or None)
        for kind in BasisKind
        if kind.value in typed.basis
    )


def _victim(typed: Typed) -> dict[str, Any]:
    """Only what is known, and who says so: nobody guesses an age from a picture."""
    told: dict[str, Any] = {}
    if typed.age:
        whole = typed.age.isascii() and typed.age.isdigit() and len(typed.age) <= 3
        if not whole or int(typed.age) > AGE_MAX:
            raise Refusal("the child's age is a whole number of years")
        told["age"] = int(typed.age)
    for name in ("first_name", "last_name", "screen_name"):
        value = getattr(typed, name)
        if len(value) > NAME_CHARS_MAX:
            raise Refusal(f"a name has at most {NAME_CHARS_MAX} characters")
        if value:
            told[name] = value
    if len(typed.origin) > ORIGIN_CHARS_MAX:
        raise Refusal(f"who says so: at most {ORIGIN_CHARS_MAX} characters")
    if not typed.origin:
        raise Refusal("say who told us of the child: the alert, the ad, the account")
    told["origin"] = typed.origin
    return told


def as_report(typed: Typed) -> Typed:
    """What a preview supposes where nothing is chosen yet. It never goes back into a form."""
    confirmed = typed.no_basis or not typed.basis
    return replace(typed, kind=DecisionKind.REPORT.value, no_basis=confirmed)
