"""The nouns of access: permissions, roles, staff, actors, sessions, tokens. Pure.

A role is a set of permissions and nobody is ever asked for a role. What is secret is Sealed, so
that no repr and no log line can show it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

from answerable.kernel.errors import Refusal
from answerable.kernel.ids import ActorId, Site
from answerable.kernel.sealed import Sealed
from answerable.kernel.time import HOUR, MINUTE, Millis

StaffId = NewType("StaffId", str)
TokenId = NewType("TokenId", str)

SESSION_LENGTH = 10 * HOUR  # one shift and its hand-over
ATTEMPTS_MAX = 5  # a person who mistypes tries three times; a guesser needs thousands
ATTEMPT_WINDOW = 15 * MINUTE
PASSWORD_CHARS_MIN = 12  # NIST SP 800-63B asks 8 at least; staff here see evidence
PASSWORD_CHARS_MAX = 200  # bounds the hashing work of one request
LOGIN_CHARS_MAX = 120


class NotLoggedIn(Refusal):
    """We do not know who asks: no session, no token, or a wrong password."""


class Forbidden(Refusal):
    """We know who asks, and they may not."""


class TooManyAttempts(Refusal):
    """This log-in name was tried too often; it opens again by itself."""


class Permission(StrEnum):
    """resource:action, sorted. Deny by default: what no role names, nobody may do."""

    ACCESS_MANAGE = "access:manage"
    AD_ERASE = "ad:erase"
    AD_READ = "ad:read"
    ALERT_CARE = "alert:care"
    ALERT_READ = "alert:read"
    AUDIT_EXAMINE = "audit:examine"
    BUNDLE_EXPORT = "bundle:export"
    CASE_DECIDE = "case:decide"
    CASE_READ = "case:read"
    DIRECTIVE_READ = "directive:read"
    DISPOSAL_SIGN = "disposal:sign"
    DUTY_SET = "duty:set"
    EVIDENCE_AUDIT = "evidence:audit"
    EVIDENCE_VIEW = "evidence:view"
    HIDE_EXCEPT = "hide:except"
    HOLD_PLACE = "hold:place"
    HOLD_READ = "hold:read"
    HOLD_RELEASE = "hold:release"
    OWNERSHIP_PUBLISH = "ownership:publish"
    PACK_ACTIVATE = "pack:activate"
    POLICY_SET = "policy:set"
    PROCESS_HANDLE = "process:handle"
    REPORT_READ = "report:read"
    REPORT_RESUME = "report:resume"
    ROTA_READ = "rota:read"
    ROTA_SET = "rota:set"
    SECTION_CHANGE = "section:change"
    TOKEN_MANAGE = "token:manage"  # noqa: S105 - the name of a permission
    WATCH_ASK = "watch:ask"
    WATCH_READ = "watch:read"
    WATCH_REVIEW = "watch:review"


class Role(StrEnum):
    """What staff are given. Nobody needs to be more than one; anybody may be."""

    ADMIN = "admin"
    AUDITOR = "auditor"
    REVIEWER = "reviewer"
    SENIOR = "senior"


_REVIEWER = frozenset(
    {
        Permission.AD_READ,
        Permission.ALERT_READ,
        Permission.CASE_DECIDE,
        Permission.CASE_READ,
        Permission.DIRECTIVE_READ,
        Permission.EVIDENCE_VIEW,
        Permission.HOLD_READ,
        Permission.REPORT_READ,
        Permission.ROTA_READ,
        Permission.WATCH_READ,
        Permission.WATCH_REVIEW,
    }
)

PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.REVIEWER: _REVIEWER,
    Role.SENIOR: _REVIEWER
    | {
        Permission.AD_ERASE,
        Permission.ALERT_CARE,
        Permission.DISPOSAL_SIGN,
        Permission.HIDE_EXCEPT,
        Permission.HOLD_PLACE,
        Permission.HOLD_RELEASE,
        Permission.PACK_ACTIVATE,
        Permission.POLICY_SET,
        Permission.PROCESS_HANDLE,
        Permission.REPORT_RESUME,
        Permission.ROTA_SET,
        Permission.SECTION_CHANGE,
        Permission.WATCH_ASK,
    },
    Role.ADMIN: frozenset(
        {
            Permission.ACCESS_MANAGE,
            Permission.DIRECTIVE_READ,
            Permission.DUTY_SET,
            Permission.OWNERSHIP_PUBLISH,
            Permission.ROTA_READ,
            Permission.ROTA_SET,
            Permission.SECTION_CHANGE,
            Permission.TOKEN_MANAGE,
        }
    ),
    Role.AUDITOR: frozenset(
        {
            Permission.AD_READ,
            Permission.ALERT_READ,
            Permission.AUDIT_EXAMINE,
            Permission.BUNDLE_EXPORT,
            Permission.CASE_READ,
            Permission.DIRECTIVE_READ,
            Permission.EVIDENCE_AUDIT,
            Permission.HOLD_READ,
            Permission.REPORT_READ,
            Permission.ROTA_READ,
            Permission.WATCH_READ,
        }
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Whoever asks, on which site, from which organisation (site, vendor, partner, NGO, auditor).

    `id` is `staff:<id>`, or `system:<service>` for the house itself.
    """

    id: ActorId
    site: Site
    name: str
    organisation: str
    permissions: frozenset[Permission]

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """A log-in of a person."""

    id: StaffId
    site: Site
    login: str
    name: str
    organisation: str
    roles: frozenset[Role]
    password: Sealed[str] = field(repr=False)  # the argon2 hash, never the password
    blocked: bool
    made: Millis

    @property
    def actor_id(self) -> ActorId:
        return ActorId(f"staff:{self.id}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A log-in that lasts until `expires` or until revoked. Only the token's digest is kept."""

    digest: bytes = field(repr=False)  # SHA-256 of the token
    site: Site
    staff: StaffId
    made: Millis
    expires: Millis
    revoked: Millis | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedIn:
    """What a log-in gives: the token goes into the cookie and nowhere else."""

    token: Sealed[str]
    actor: Actor
    expires: Millis


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempts:
    """How often a log-in name was tried since `since`; a success clears it."""

    site: Site
    login: str
    count: int
    since: Millis


class Scope(StrEnum):
    """What an API token is for."""

    ALERTS = "alerts"
    DIRECTIVES = "directives"
    INTAKE = "intake"
    WATCH = "watch"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """A bearer token of a site's own machines. Only its digest is kept."""

    id: TokenId
    digest: bytes = field(repr=False)
    site: Site
    label: str
    scopes: frozenset[Scope]
    made: Millis
    revoked: Millis | None
