"""One visit: who asks, with which form; and the answers that every page can give.

A door names its permissions; a POST carries the key of its own session. Nothing is cached anywhere.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from answerable.access.decide import check_form_key, form_key, require
from answerable.access.model import Actor, Forbidden, NotLoggedIn, Permission, TooManyAttempts
from answerable.apps.health import Health
from answerable.apps.public.rendering import csp, page
from answerable.apps.wiring import House
from answerable.kernel.errors import Conflict, NotFound, Outage, Refusal, SafetyError
from answerable.kernel.ids import Site
from answerable.kernel.time import Millis

COOKIE = "answerable_session"
COOKIE_PATH = "/console"
FORM_BYTES_MAX = 512 * 1024
FORM_FIELDS_MAX = 4_000
POLICY = csp(scripts=True, forms=True)
NO_STORE = {"Cache-Control": "no-store"}

NOTICES = {
    "claimed": "You have this case in hand for a quarter of an hour.",
    "viewed": "It is on record that you looked at this.",
    "decided": "The decision is made and recorded.",
    "proposed": "The proposal is recorded. It waits for a second person; the ad stays as it is.",
    "confirmed": "Two people agree: the decision is made and recorded.",
    "contradicted": "The proposal is off. The case is open again.",
    "undone": "The report is taken back. The case is open again, and its clocks run on.",
    "resumed": "The report goes on by itself.",
    "opened": "The case is open.",
    "added": "The ad is in the case now.",
    "recheck": "The ad is being screened again.",
    "section-closed": "The section is closed, and the public page says so.",
    "section-proposed": "The proposal is recorded. The section stays closed until another agrees.",
    "section-opened": "Two people agree: the section is open again.",
    "section-kept": "The section stays closed.",
    "logged-out": "You are logged out.",
}
"""What a page may be asked to say after a step (`?said=`); no other words come in by an address."""


class Form:
    """The fields of a posted form, or of an address's query."""

    def __init__(self, fields: Sequence[tuple[str, str]] = ()) -> None:
        self._fields = tuple(fields)

    def one(self, name: str) -> str:
        """The first value, without space around it; "" where there is none."""
        return next((value.strip() for key, value in self._fields if key == name), "")

    def many(self, name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value for key, value in self._fields if key == name))

    def has(self, name: str) -> bool:
        return any(key == name for key, _ in self._fields)


EMPTY = Form()


def read_fields(raw: bytes) -> Form:
    """An urlencoded form. Raises Refusal for what is none."""
    try:
        fields = parse_qsl(
            raw.decode("ascii"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=FORM_FIELDS_MAX,
        )
    except ValueError:
        raise Refusal("this is not a form of ours") from None
    return Form(fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Somebody who is logged in asks for a page. `form` is empty for a GET."""

    actor: Actor
    form_key: str = field(repr=False)
    here: str
    path: Mapping[str, str]
    query: Form
    form: Form
    now: Millis

    def may(self, permission: Permission) -> bool:
        return self.actor.may(permission)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as read off the wire, before anybody knows who asks."""

    method: str
    here: str
    path: Mapping[str, str]
    query: Form
    form: Form
    token: str = field(repr=False)
    secure: bool
    elsewhere: bool  # the browser says that another site's page sent this


class Desk:
    """What every page needs: the house, its health, the templates."""

    def __init__(self, house: House, health: Health, templates: Any) -> None:
        self.house, self.health, self._templates = house, health, templates

    @property
    def site(self) -> Site:
        return self.house.site

    def visit(self, asked: Asked, needs: tuple[Permission, ...]) -> Visit:
        """Who asks, and may they? Raises NotLoggedIn or Forbidden; deny by default."""
        if not asked.token:
            raise NotLoggedIn("log in first")
        actor = self.house.who_is(asked.token)
        if not needs:
            raise Forbidden("this page names no permission")
        for permission in needs:
            require(actor, permission, self.site)
        if asked.method == "POST":
            if asked.elsewhere:
                raise Forbidden("this form came from another site")
            check_form_key(asked.token, asked.form.one("form_key"))
        return Visit(
            actor=actor,
            form_key=form_key(asked.token),
            here=asked.here,
            path=asked.path,
            query=asked.query,
            form=asked.form,
            now=self.house.store.now(),
        )

    def html(self, template: str, visit: Visit | None, status: int = 200, **told: Any) -> Response:
        """A page of the console."""
        facts = self.house.facts
        said = NOTICES.get(visit.query.one("said"), "") if visit and status == 200 else ""
        html = self._templates.get_template(template).render(
            site=facts.site,
            synthetic=facts.synthetic,
            visit=visit,
            P=Permission,
            said=said,
            **told,
        )
        return page(html, status=status, policy=POLICY, more=NO_STORE)

    def failed(self, fault: SafetyError, asked: Asked | None) -> Response:
        """The page for one of the three failures. A Breach says nothing of its inside."""
        if isinstance(fault, NotLoggedIn):
            here = asked.here if asked is not None and asked.method == "GET" else ""
            return to_login(here)
        status = next((code for kind, code in _STATUS if isinstance(fault, kind)), 500)
        return self.html("fault.html", None, status, code=status, reason=reason_of(fault))


_STATUS: tuple[tuple[type[SafetyError], int], ...] = (
    (Forbidden, 403),
    (NotFound, 404),
    (Conflict, 409),
    (TooManyAttempts, 429),
    (Refusal, 422),
    (Outage, 503),
)


def reason_of(fault: SafetyError) -> str:
    """What a person may be told of it."""
    if isinstance(fault, Refusal):
        return fault.reason
    if isinstance(fault, Outage):
        return "A part of the system does not answer. Nothing was changed; try again in a moment."
    return "An invariant is broken. Nothing was changed; people have been told."


def go(path: str, said: str = "", anchor: str = "", **more: str) -> RedirectResponse:
    """See other: what a form answers when its step is done."""
    query = f"?{urlencode({'said': said, **more})}" if said else ""
    return RedirectResponse(f"{path}{query}{anchor}", status_code=303, headers=NO_STORE)


def to_login(here: str) -> RedirectResponse:
    query = f"?{urlencode({'next': here})}" if here else ""
    return RedirectResponse(f"/console/login{query}", status_code=303, headers=NO_STORE)


Page = Callable[[Desk, Visit], Response]


def token_of(request: Request) -> str:
    return request.cookies.get(COOKIE, "")
