"""What access decides, purely: who may, whose session lives, who tried too often."""

import hashlib
import hmac
from dataclasses import replace

from answerable.access.model import (
    ATTEMPT_WINDOW,
    ATTEMPTS_MAX,
    LOGIN_CHARS_MAX,
    PASSWORD_CHARS_MAX,
    PASSWORD_CHARS_MIN,
    PERMISSIONS,
    Actor,
    ApiToken,
    Attempts,
    Forbidden,
    NotLoggedIn,
    Permission,
    Role,
    Scope,
    Session,
    Staff,
    TooManyAttempts,
)
from answerable.events.event import event_header
from answerable.events.house import AccessGranted, AccessRevoked
from answerable.kernel.errors import Refusal
from answerable.kernel.ids import ActorId, Site, SubjectId
from answerable.kernel.limits import SHORT_CHARS_MAX
from answerable.kernel.time import Millis


def require(actor: Actor, permission: Permission, site: Site | None = None) -> None:
    """Raise Forbidden unless `actor` has `permission` (on `site`, where one is named)."""
    if site is not None and actor.site != site:
        raise Forbidden("this is another site's")
    if not actor.may(permission):
        raise Forbidden(f"this needs the permission {permission.value}")


def permissions_of(roles: frozenset[Role]) -> frozenset[Permission]:
    """Everything any of the roles may do."""
    return frozenset().union(*(PERMISSIONS[role] for role in roles))


def actor_of(staff: Staff) -> Actor:
    """The staff member as somebody who acts. Raises NotLoggedIn for a blocked log-in."""
    if staff.blocked:
        raise NotLoggedIn("this log-in is blocked")
    return Actor(
        id=staff.actor_id,
        site=staff.site,
        name=staff.name,
        organisation=staff.organisation,
        permissions=permissions_of(staff.roles),
    )


def system_actor(site: Site, service: str) -> Actor:
    """The house acting for itself: set-up and demonstrations. Holds what an admin holds."""
    return Actor(
        id=ActorId(f"system:{service}"),
        site=site,
        name=service,
        organisation="site",
        permissions=PERMISSIONS[Role.ADMIN],
    )


def digest_of(token: str) -> bytes:
    """SHA-256; enough for 256 random bits, which need no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def same(left: bytes, right: bytes) -> bool:
    """Equal? Takes the same time wherever they differ."""
    return hmac.compare_digest(left, right)


def form_key(token: str) -> str:
    """What a form of this session carries to show it is ours; says nothing about the token."""
    return hmac.digest(
        token.encode("utf-8", "surrogatepass"), b"answerable/form/v1", "sha256"
    ).hex()


def check_form_key(token: str, given: str) -> None:
    """Raise Forbidden unless `given` is the form key of this session."""
    if not same(form_key(token).encode(), given.encode("utf-8", "surrogatepass")):
        raise Forbidden("this form is not of this session; load the page again")


def next_attempt(site: Site, login: str, before: Attempts | None, now: Millis) -> Attempts:
    """Count one more try, before the password is looked at. Raises TooManyAttempts."""
    if before is None or now - before.since >= ATTEMPT_WINDOW:
        return Attempts(site=site, login=login, count=1, since=now)
    if before.count >= ATTEMPTS_MAX:
        raise TooManyAttempts(
            "too many tries; wait a quarter of an hour", until=before.since + ATTEMPT_WINDOW
        )
    return replace(before, count=before.count + 1)


def check_session(session: Session | None, digest: bytes, now: Millis) -> Session:
    """The session, if it lives. Raises NotLoggedIn."""
    if (
        session is None
        or not same(session.digest, digest)
        or session.revoked is not None
        or now >= session.expires
    ):
        raise NotLoggedIn("log in first")
    return session


def check_token(token: ApiToken | None, digest: bytes, scope: Scope) -> ApiToken:
    """The token, if it is ours and for this. Raises NotLoggedIn or Forbidden."""
    if token is None or not same(token.digest, digest) or token.revoked is not None:
        raise NotLoggedIn("the bearer token is not known")
    if scope not in token.scopes:
        raise Forbidden(f"this token is not for {scope.value}")
    return token


def check_new_staff(login: str, name: str, organisation: str) -> None:
    """Raise Refusal for names that are empty or too long."""
    if not 0 < len(login) <= LOGIN_CHARS_MAX:
        raise Refusal("the log-in name is empty or too long", chars_max=LOGIN_CHARS_MAX)
    if not 0 < len(name) <= SHORT_CHARS_MAX or not 0 < len(organisation) <= SHORT_CHARS_MAX:
        raise Refusal("the name or organisation is empty or too long")


def check_password(password: str) -> None:
    """Raise Refusal for a password too short to keep evidence behind, or too long to hash."""
    if not PASSWORD_CHARS_MIN <= len(password) <= PASSWORD_CHARS_MAX:
        raise Refusal(f"a password has {PASSWORD_CHARS_MIN} to {PASSWORD_CHARS_MAX} characters")


def check_roles(by: Actor, staff: Staff) -> None:
    """Nobody changes their own roles. Raises Forbidden."""
    require(by, Permission.ACCESS_MANAGE, staff.site)
    if by.id == staff.actor_id:
        raise Forbidden("nobody changes their own roles or log-in; ask another admin")


def granted(
    subject: SubjectId,
    site: Site,
    who: str,
    roles: frozenset[str],
    organisation: str,
    by: Actor,
    now: Millis,
) -> AccessGranted:
    """The event of a grant. `who` is a staff id, or `token:<id>`."""
    return AccessGranted(
        **event_header(site, subject, by.id, now, org=by.organisation),
        staff=who,
        roles=sorted(roles),
        organisation=organisation,
    )


def revoked(
    subject: SubjectId,
    site: Site,
    who: str,
    roles: frozenset[str],
    blocked: bool,
    by: Actor,
    now: Millis,
) -> AccessRevoked:
    """The event of a revocation or of a blocked log-in."""
    return AccessRevoked(
        **event_header(site, subject, by.id, now, org=by.organisation),
        staff=who,
        roles=sorted(roles),
        blocked=blocked,
    )
