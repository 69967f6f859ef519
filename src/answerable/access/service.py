"""Access in action: staff and tokens made and blocked, log-in, log-out, who is it."""

from dataclasses import replace

from answerable.access import decide
from answerable.access.model import (
    ATTEMPT_WINDOW,
    LOGIN_CHARS_MAX,
    PASSWORD_CHARS_MAX,
    SESSION_LENGTH,
    Actor,
    ApiToken,
    LoggedIn,
    NotLoggedIn,
    Permission,
    Role,
    Scope,
    Session,
    Staff,
    StaffId,
    TokenId,
)
from answerable.access.store import AccessWork, Passwords
from answerable.events.work import Runs
from answerable.kernel.errors import Refusal
from answerable.kernel.ids import Ids, Site
from answerable.kernel.limits import SHORT_CHARS_MAX
from answerable.kernel.sealed import Sealed
from answerable.kernel.time import Millis

TOKEN_MARK = "ans_"  # noqa: S105 - lets secret scanners recognise a leaked token


class CreateStaff:
    """A new log-in with its roles. Asked by an admin, or by the house at set-up."""

    def __init__(self, runs: Runs[AccessWork], ids: Ids, passwords: Passwords) -> None:
        self._runs, self._ids, self._passwords = runs, ids, passwords

    def __call__(
        self,
        site: Site,
        by: Actor,
        *,
        login: str,
        name: str,
        organisation: str,
        roles: frozenset[Role],
        password: Sealed[str],
    ) -> Staff:
        """Raises Forbidden, Conflict (the name is taken) or Refusal."""
        decide.require(by, Permission.ACCESS_MANAGE, site)
        decide.check_new_staff(login, name, organisation)
        decide.check_password(password.open())
        hashed = Sealed(self._passwords.hash(password.open()), label="password hash")
        new = StaffId(self._ids.new())

        def work(w: AccessWork) -> Staff:
            staff = Staff(
                id=new,
                site=site,
                login=login,
                name=name,
                organisation=organisation,
                roles=roles,
                password=hashed,
                blocked=False,
                made=w.now(),
            )
            w.access.put(staff)
            subject = w.access.site_subject(site)
            told = frozenset(role.value for role in roles)
            w.record(decide.granted(subject, site, new, told, organisation, by, w.now()))
            return staff

        return self._runs.run(work)


class ChangeRoles:
    """Give and take roles. Each change is an event; nobody changes their own."""

    def __init__(self, runs: Runs[AccessWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, by: Actor, staff: StaffId, roles: frozenset[Role]) -> Staff:
        """Raises Forbidden or NotFound. Takes effect at the next request of that person."""

        def work(w: AccessWork) -> Staff:
            before = w.access.get(site, staff)
            decide.check_roles(by, before)
            after = replace(before, roles=roles)
            w.access.put(after)
            subject, org = w.access.site_subject(site), before.organisation
            given = frozenset(r.value for r in roles - before.roles)
            taken = frozenset(r.value for r in before.roles - roles)
            if given:
                w.record(decide.granted(subject, site, staff, given, org, by, w.now()))
            if taken:
                w.record(decide.revoked(subject, site, staff, taken, False, by, w.now()))
            return after

        return self._runs.run(work)


class BlockStaff:
    """Close a log-in at once: its sessions end in the same transaction. Or open it again."""

    def __init__(self, runs: Runs[AccessWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, by: Actor, staff: StaffId, *, blocked: bool = True) -> Staff:
        """Raises Forbidden or NotFound."""

        def work(w: AccessWork) -> Staff:
            before = w.access.get(site, staff)
            decide.check_roles(by, before)
            if before.blocked == blocked:
                return before
            after = replace(before, blocked=blocked)
            w.access.put(after)
            subject, roles = w.access.site_subject(site), frozenset(r.value for r in before.roles)
            if blocked:
                w.access.revoke_sessions(site, staff, w.now())
                w.record(decide.revoked(subject, site, staff, roles, True, by, w.now()))
            else:
                org = before.organisation
                w.record(decide.granted(subject, site, staff, roles, org, by, w.now()))
            return after

        return self._runs.run(work)


class LogIn:
    """Name and password in, session out. A try is counted before the password is looked at."""

    def __init__(self, runs: Runs[AccessWork], ids: Ids, passwords: Passwords) -> None:
        self._runs, self._ids, self._passwords = runs, ids, passwords
        # An unknown name costs the same work as a wrong password, so that the answer's time
        # does not tell which names exist.
        self._nobody = Sealed(passwords.hash(ids.secret().hex()), label="nobody's hash")

    def __call__(self, site: Site, login: str, password: Sealed[str]) -> LoggedIn:
        """Raises NotLoggedIn or TooManyAttempts; the two faults of a wrong pair look the same."""
        if len(login) > LOGIN_CHARS_MAX or len(password.open()) > PASSWORD_CHARS_MAX:
            raise NotLoggedIn("name or password is wrong")

        def count(w: AccessWork) -> Staff | None:
            w.access.drop_attempts_before(Millis(w.now() - ATTEMPT_WINDOW))
            before = w.access.attempts(site, login)
            w.access.put_attempts(decide.next_attempt(site, login, before, w.now()))
            return w.access.by_login(site, login)

        staff = self._runs.run(count)
        hashed = self._nobody if staff is None else staff.password
        right = self._passwords.verify(hashed.open(), password.open())
        if staff is None or not right or staff.blocked:
            raise NotLoggedIn("name or password is wrong")
        return self._runs.run(lambda w: self._open(w, site, staff))

    def _open(self, w: AccessWork, site: Site, staff: Staff) -> LoggedIn:
        present = w.access.get(site, staff.id)
        if not decide.same(present.password.open().encode(), staff.password.open().encode()):
            raise NotLoggedIn("name or password is wrong")
        actor = decide.actor_of(present)
        token = self._ids.secret().hex()
        expires = Millis(w.now() + SESSION_LENGTH)
        w.access.clear_attempts(site, staff.login)
        w.access.put_session(
            Session(
                digest=decide.digest_of(token),
                site=site,
                staff=staff.id,
                made=w.now(),
                expires=expires,
                revoked=None,
            )
        )
        return LoggedIn(token=Sealed(token, label="session token"), actor=actor, expires=expires)


class LogOut:
    """End this session. Unknown tokens are none of our business."""

    def __init__(self, runs: Runs[AccessWork]) -> None:
        self._runs = runs

    def __call__(self, token: str) -> None:
        self._runs.run(lambda w: w.access.revoke_session(decide.digest_of(token), w.now()))


class WhoIs:
    """The actor behind a session token, with the roles of this moment."""

    def __init__(self, runs: Runs[AccessWork]) -> None:
        self._runs = runs

    def __call__(self, token: str) -> Actor:
        """Raises NotLoggedIn for unknown, ended, revoked or blocked."""
        digest = decide.digest_of(token)

        def work(w: AccessWork) -> Actor:
            session = decide.check_session(w.access.session(digest), digest, w.now())
            return decide.actor_of(w.access.get(session.site, session.staff))

        return self._runs.read(work)


class CreateToken:
    """A bearer token for a site's own machines. Shown once; only its digest is kept."""

    def __init__(self, runs: Runs[AccessWork], ids: Ids) -> None:
        self._runs, self._ids = runs, ids

    def __call__(
        self, site: Site, by: Actor, label: str, scopes: frozenset[Scope]
    ) -> tuple[ApiToken, Sealed[str]]:
        """The token's record, and the token itself. Raises Forbidden or Refusal."""
        decide.require(by, Permission.TOKEN_MANAGE, site)
        if not scopes or not 0 < len(label) <= SHORT_CHARS_MAX:
            raise Refusal("a token has a label and at least one scope")
        spelled = TOKEN_MARK + self._ids.secret().hex()
        new = TokenId(self._ids.new())

        def work(w: AccessWork) -> ApiToken:
            token = ApiToken(
                id=new,
                digest=decide.digest_of(spelled),
                site=site,
                label=label,
                scopes=scopes,
                made=w.now(),
                revoked=None,
            )
            w.access.put_token(token)
            subject, who = w.access.site_subject(site), f"token:{new}"
            told = frozenset(scope.value for scope in scopes)
            w.record(decide.granted(subject, site, who, told, "site", by, w.now()))
            return token

        return self._runs.run(work), Sealed(spelled, label="api token")


class RevokeToken:
    """This token opens nothing any more."""

    def __init__(self, runs: Runs[AccessWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, by: Actor, token: TokenId) -> ApiToken:
        """Raises Forbidden or NotFound. Safe to repeat."""
        decide.require(by, Permission.TOKEN_MANAGE, site)

        def work(w: AccessWork) -> ApiToken:
            before = w.access.get_token(site, token)
            if before.revoked is not None:
                return before
            after = replace(before, revoked=w.now())
            w.access.put_token(after)
            subject, who = w.access.site_subject(site), f"token:{token}"
            told = frozenset(scope.value for scope in before.scopes)
            w.record(decide.revoked(subject, site, who, told, True, by, w.now()))
            return after

        return self._runs.run(work)


class AuthenticateToken:
    """Which site does this bearer token speak for?"""

    def __init__(self, runs: Runs[AccessWork]) -> None:
        self._runs = runs

    def __call__(self, token: str, scope: Scope) -> ApiToken:
        """Raises NotLoggedIn (unknown or revoked) or Forbidden (not for this scope)."""
        digest = decide.digest_of(token)
        return self._runs.read(lambda w: decide.check_token(w.access.token(digest), digest, scope))


class ListStaff:
    """Everybody who can log in, for the admin's page."""

    def __init__(self, runs: Runs[AccessWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, by: Actor, limit: int = 200) -> tuple[Staff, ...]:
        decide.require(by, Permission.ACCESS_MANAGE, site)
        return self._runs.read(lambda w: w.access.everyone(site, limit))
