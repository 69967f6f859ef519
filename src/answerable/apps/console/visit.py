"""One visit: who asks, with which form; and the answers that every page can give.

A door names its permissions; a POST carries the key of its own session. Nothing is cached anywhere.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from answerable.access.decide import check_form_key, form_key, require
from answerable.access.model import Actor, Forbidden, NotLoggedIn, Permission, TooManyAttempts
from answerable.apps.health import Health
from answerable.apps.public.rendering import csp, page
from answerable.apps.wiring import House
from answerable.kernel.errors import Conflict, NotFound, Outage, Refusal, SafetyError
from answerable.kernel.ids import Site
from answerable.kernel.limits import FILE_BYTES_MAX
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
    "done": "It is on record that this was done. Its clock has stopped.",
    "extended": "Two people agreed: the clock ends later, and the record says so.",
    "extend-waits": "It waits for a second person, who asks for the same end.",
    "duties-set": "It is on record whose duties the site takes on.",
    "duties-wait": "It waits for a second person, who asks for the same.",
    "heard": "It is on record that you heard. The clock runs on.",
    "shift-added": "The shift is entered.",
    "shift-removed": "The shift is taken out.",
    "address": "Your address is kept.",
    "resumed": "The report goes on by itself.",
    "taken-by-hand": "It is yours to file by hand now. In a moment it is laid out below.",
    "entered": "It is on record as filed by hand, and its clocks have stopped.",
    "told": "Told. What is written down already stays as it is; then it goes as a follow-up.",
    "outcome-heard": "It is on record what came of it.",
    "handed-on": "It is on record who has it. The clock of that duty has stopped.",
    "called": "The call is on record. The report says so too.",
    "opened": "The case is open.",
    "added": "The ad is in the case now.",
    "handed": "The case is handed over. Its clocks run on, and nobody is barred from it.",
    "merged": "The two cases are one incident now. Every clock runs on as it did.",
    "nothing-next": "No case waits for you that is in nobody’s hand and not set aside by you.",
    "passed": "You are not served this case any more. Nothing about that is recorded of you.",
    "pack-active": "Two people agreed. The pack is in force; start Answerable again with it now.",
    "pack-waits": "The pack waits for a second person, who asks for the very same.",
    "rule-set": "Two people agreed. The rule is in force and on record.",
    "rule-waits": "It waits for a second person, who asks for the very same.",
    "saved": "The view is saved.",
    "skipped": "You are served other cases for half an hour.",
    "taken-back": "This case may be served to you again.",
    "view-deleted": "The view is deleted.",
    "exception-asked": "It waits for a second person. Until then every alert hides.",
    "exception-granted": "The exception runs. It ends by itself at its date.",
    "exception-ended": "It is over: hide first, and what was alerted is hidden.",
    "source-registered": "The source is registered.",
    "source-revoked": "The source is revoked: its signature says nothing from now on.",
    "alerter-warned": "The warning is recorded. Tell the alerter in the words you gave.",
    "alerter-limited": "The limit is recorded. Tell the alerter, and how to appeal.",
    "alerter-unlimited": "The limit is lifted.",
    "flood-ended": "The switch is off: every alert hides its ad again.",
    "recheck": "The ad is being screened again.",
    "watch-asked": "The watch runs. The archive is being searched.",
    "watch-approve": "The watch runs. The archive is being searched.",
    "watch-refuse": "The watch is refused. It never ran.",
    "watch-renew": "The watch runs on.",
    "watch-end": "The watch has ended. It matches nothing any more.",
    "process-received": "The paper is entered, and everything in its scope is held.",
    "process-renewed": "The end of its holds is later now.",
    "process-closed": "The process is closed; holds without an end have one now.",
    "approved": "Recorded. It waits for a second person, who confirms the same.",
    "export-confirmed": "Two people confirmed it. The archive can be made.",
    "listed": "The list is made. Two people sign it before anything goes.",
    "signed-one": "Signed. A second person has a week.",
    "signed-both": "Two people signed this list; it is being done.",
    "disposal-refused": "Everything stays where it is.",
    "section-closed": "The section is closed, and the public page says so.",
    "section-proposed": "The proposal is recorded. The section stays closed until another agrees.",
    "section-opened": "Two people agree: the section is open again.",
    "section-kept": "The section stays closed.",
    "logged-out": "You are logged out.",
}
"""What a page may be asked to say after a step (`?said=`); no other words come in by an address."""


class Form:
    """The fields of a posted form, or of an address's query."""

    def __init__(
        self,
        fields: Sequence[tuple[str, str]] = (),
        files: Mapping[str, tuple[bytes, str]] | None = None,
    ) -> None:
        self._fields = tuple(fields)
        self._files = dict(files or {})

    def one(self, name: str) -> str:
        """The first value, without space around it; "" where there is none."""
        return next((value.strip() for key, value in self._fields if key == name), "")

    def many(self, name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value for key, value in self._fields if key == name))

    def pairs(self) -> tuple[tuple[str, str], ...]:
        return self._fields

    def has(self, name: str) -> bool:
        return any(key == name for key, _ in self._fields)

    def file(self, name: str) -> tuple[bytes, str]:
        """The bytes of an uploaded file and the media type it claims; empty where there is none."""
        return self._files.get(name, (b"", ""))


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


def is_multipart(request: Request) -> bool:
    return request.headers.get("content-type", "").startswith("multipart/form-data")


async def read_multipart(request: Request) -> Form:
    """A form with one file. Raises Refusal for what is none, or too large; nothing is kept."""
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > FILE_BYTES_MAX + FORM_BYTES_MAX:
        raise Refusal("the file is too large", bytes_max=FILE_BYTES_MAX)
    fields: list[tuple[str, str]] = []
    files: dict[str, tuple[bytes, str]] = {}
    try:
        async with request.form(max_files=1, max_fields=200, max_part_size=FORM_BYTES_MAX) as given:
            for name, value in given.multi_items():
                if isinstance(value, str):
                    fields.append((name, value))
                else:
                    files[name] = (await value.read(), value.content_type or "")
    except HTTPException:
        raise Refusal("this is not a form of ours") from None
    return Form(fields, files)


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
            flooded=self._flooded(visit),
            **told,
        )
        return page(html, status=status, policy=POLICY, more=NO_STORE)

    def _flooded(self, visit: Visit | None) -> bool:
        """Is a flood switch on? Every page says so to whoever works on alerts."""
        if visit is None or not visit.may(Permission.ALERT_READ):
            return False
        site = self.site
        return bool(self.house.store.read(lambda w: w.alerts.floods(site, 1, open_only=True)))

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
