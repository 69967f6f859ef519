"""Log-in and log-out. The cookie is ours alone: HttpOnly, SameSite=Strict, the console's path."""

import re

from starlette.responses import Response

from answerable.access.model import NotLoggedIn, Permission, TooManyAttempts
from answerable.apps.console.visit import (
    COOKIE,
    COOKIE_PATH,
    NOTICES,
    Asked,
    Desk,
    go,
    reason_of,
)
from answerable.kernel.errors import Refusal
from answerable.kernel.sealed import Sealed

_OURS = re.compile(r"/console(/[A-Za-z0-9._~/-]*)?(\?[A-Za-z0-9._~=&%+-]*)?")


def login_page(desk: Desk, asked: Asked) -> Response:
    """The form; where to go afterwards stays in it."""
    said = NOTICES.get(asked.query.one("said"), "")
    return _form(desk, after=asked.query.one("next"), notice=said)


def log_in(desk: Desk, asked: Asked) -> Response:
    """A session, or the form again with the reason. The two faults of a wrong pair look alike."""
    if asked.elsewhere:
        raise Refusal("this form came from another site")
    login, after = asked.form.one("login"), asked.form.one("next")
    password = Sealed(_password(asked), label="password")
    try:
        opened = desk.house.log_in(desk.site, login, password)
    except (NotLoggedIn, TooManyAttempts) as refused:
        status = 429 if isinstance(refused, TooManyAttempts) else 401
        return _form(desk, status, login=login, after=after, fault=reason_of(refused))
    start = "/console" if opened.actor.may(Permission.CASE_READ) else "/console/health"
    answer = go(after if _OURS.fullmatch(after) and "/login" not in after else start)
    answer.set_cookie(
        COOKIE,
        opened.token.open(),
        path=COOKIE_PATH,
        httponly=True,
        samesite="strict",
        secure=asked.secure,
    )
    return answer


def log_out(desk: Desk, asked: Asked) -> Response:
    """The session ends in the database, not only in the browser."""
    desk.house.log_out(asked.token)
    answer = go("/console/login", "logged-out")
    answer.delete_cookie(
        COOKIE, path=COOKIE_PATH, httponly=True, samesite="strict", secure=asked.secure
    )
    return answer


def _password(asked: Asked) -> str:
    given = asked.form.many("password")
    return given[0] if given else ""


def _form(
    desk: Desk,
    status: int = 200,
    *,
    login: str = "",
    after: str = "",
    fault: str = "",
    notice: str = "",
) -> Response:
    return desk.html(
        "login.html", None, status, login=login, after=after, fault=fault, notice=notice
    )
