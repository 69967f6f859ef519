"""What an alert may say, what makes it true, and whether our promise was kept. Pure."""

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from answerable.alerts.model import (
    NONCE_CHARS_MAX,
    NONCE_CHARS_MIN,
    About,
    Alert,
    AlertCommand,
    Alerter,
    Answered,
    Reason,
    Role,
)
from answerable.events.alerts import AlertReceived
from answerable.events.duties.clocks import ALERT_ANSWER
from answerable.events.event import event_header
from answerable.kernel.canonical import canonical_bytes
from answerable.kernel.errors import Refusal
from answerable.kernel.ids import ActorId, AlertId, Site, SubjectId
from answerable.kernel.limits import (
    ALERT_TEXT_CHARS_MAX,
    CONTACTS_MAX,
    SHORT_CHARS_MAX,
)
from answerable.kernel.time import Millis

AD_CHARS_MAX = 2_083  # a URL is the longest way to name an ad; browsers stop there
_FIELDS = frozenset({"ad", "about", "text", "reasons", "alerter", "nonce"})
_ABOUT = ("contacts", "handles", "places", "words")

E = TypeVar("E", bound=StrEnum)


def read_alert(raw: Mapping[str, object], *, nonce: str) -> AlertCommand:
    """An alert from plain JSON, whichever door it came through. Raises Refusal naming the fault.

    `{"ad"?, "about"?: {"contacts"?, "handles"?, "places"?, "words"?}, "text"?, "reasons"?,
    "alerter"?: {"role"?, "contact"?}, "nonce"?}`; `nonce` stands in where the alerter sent none.
    Nothing is needed but an ad or something it is about: no account, no proof, no name.
    """
    _known(raw, _FIELDS, "an alert")
    given = raw.get("ad")
    ad = None if given is None else _text(given, "ad", AD_CHARS_MAX).strip() or None
    about = _about(raw.get("about"))
    if ad is None and about.empty:
        raise Refusal("an alert names an ad, or says what it is about")
    words = raw.get("text")
    return AlertCommand(
        ad=ad,
        about=about,
        text="" if words is None else _text(words, "text", ALERT_TEXT_CHARS_MAX),
        reasons=_reasons(raw.get("reasons")),
        alerter=_alerter(raw.get("alerter")),
        nonce=_nonce(nonce if raw.get("nonce") is None else raw.get("nonce")),
    )


def _about(raw: object) -> About:
    if raw is None:
        return About()
    if not isinstance(raw, Mapping):
        raise Refusal("about is an object", fields=list(_ABOUT))
    _known(raw, frozenset(_ABOUT), "about")
    return About(**{name: _short_list(raw.get(name), f"about.{name}") for name in _ABOUT})


def _short_list(raw: object, name: str) -> tuple[str, ...]:
    if raw is None:
        return ()
    if not isinstance(raw, list | tuple):
        raise Refusal(f"{name} is a list of texts")
    if len(raw) > CONTACTS_MAX:
        raise Refusal(f"{name} has too many entries", entries_max=CONTACTS_MAX)
    texts = (_text(each, name, SHORT_CHARS_MAX).strip() for each in raw)
    return tuple(text for text in texts if text)


def _reasons(raw: object) -> tuple[Reason, ...]:
    if raw is None:
        return ()
    if not isinstance(raw, list | tuple):
        raise Refusal("reasons is a list")
    return tuple(dict.fromkeys(_member(Reason, each, "reason") for each in raw))


def _alerter(raw: object) -> Alerter:
    if raw is None:
        return Alerter()
    if not isinstance(raw, Mapping):
        raise Refusal("alerter is an object")
    _known(raw, frozenset({"role", "contact"}), "alerter")
    role = Role.PUBLIC if raw.get("role") is None else _member(Role, raw["role"], "role")
    contact = raw.get("contact")
    said = None if contact is None else _text(contact, "contact", SHORT_CHARS_MAX).strip()
    return Alerter(role=role, contact=said or None)


def _nonce(raw: object) -> str:
    nonce = _text(raw, "nonce", NONCE_CHARS_MAX)
    if len(nonce) < NONCE_CHARS_MIN or not (nonce.isascii() and nonce.isprintable()):
        raise Refusal(
            "a nonce is printable ASCII, made by chance",
            chars_min=NONCE_CHARS_MIN,
            chars_max=NONCE_CHARS_MAX,
        )
    return nonce


def _text(raw: object, name: str, chars_max: int) -> str:
    if not isinstance(raw, str):
        raise Refusal(f"{name} is text")
    if len(raw) > chars_max:
        raise Refusal(f"{name} is too long", chars=len(raw), chars_max=chars_max)
    try:
        raw.encode("utf-8")
    except UnicodeEncodeError:
        raise Refusal(f"{name} holds a lone surrogate") from None
    return raw


def _member(kind: type[E], raw: object, name: str) -> E:
    try:
        return kind(str(raw))
    except ValueError:
        raise Refusal(f"unknown {name}", known=[member.value for member in kind]) from None


def _known(raw: Mapping[str, object], known: frozenset[str], name: str) -> None:
    if unknown := sorted(str(key) for key in raw if key not in known):
        raise Refusal(f"{name} has unknown fields", fields=unknown, known=sorted(known))


def request_digest(command: AlertCommand) -> bytes:
    """SHA-256 of the whole alert: same nonce and same bytes is a retry, other bytes a conflict."""
    return hashlib.sha256(canonical_bytes(command.as_json())).digest()


def receive(
    command: AlertCommand, *, site: Site, alert: AlertId, subject: SubjectId, now: Millis
) -> AlertReceived:
    """The event that keeps an alert, word for word, with the time by which we answer."""
    return AlertReceived(
        **event_header(site, subject, ActorId("public"), now),
        alert=alert,
        due_act=ALERT_ANSWER.ends(now),
        nonce=command.nonce,
        ad=command.ad,
        about={
            "contacts": list(command.about.contacts),
            "handles": list(command.about.handles),
            "places": list(command.about.places),
            "words": list(command.about.words),
        },
        text=command.text,
        reasons=[reason.value for reason in command.reasons],
        alerter=command.alerter.as_json(),
    )


def promise_kept(alert: Alert, now: Millis) -> Answered:
    """Did a person act, or two decline, by the time we promised? What was late stays late."""
    if alert.answered is not None:
        return Answered.YES if alert.within_promise else Answered.NO
    return Answered.NO if now > alert.due_act else Answered.NOT_DUE
