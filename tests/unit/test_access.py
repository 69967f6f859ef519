"""Access on a real database: who may, who is it, and how often may one guess."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from tests.databases import SITE, HandTime

from answerable.access import decide, service
from answerable.access.model import (
    ATTEMPTS_MAX,
    PERMISSIONS,
    Actor,
    Forbidden,
    LoggedIn,
    NotLoggedIn,
    Permission,
    Role,
    Scope,
    Staff,
    TooManyAttempts,
)
from answerable.adapters.clock import SystemIds
from answerable.adapters.passwords import Argon2Passwords
from answerable.adapters.sql import access as tables
from answerable.adapters.sql.runner import Store
from answerable.events.event import Recorded
from answerable.events.house import AccessGranted, AccessRevoked
from answerable.kernel.errors import Breach, Conflict, Refusal
from answerable.kernel.ids import Site
from answerable.kernel.sealed import Sealed
from answerable.kernel.time import HOUR, MINUTE

IDS, PASSWORDS = SystemIds(), Argon2Passwords(cheap=True)
PASSWORD = "three bikes and a bell"
FOUNDING = decide.system_actor(SITE, "founding")


class Desk:
    """Everything one asks of access."""

    def __init__(self, store: Store, time: HandTime) -> None:
        self.store, self.time = store, time
        self.log_in = service.LogIn(store, IDS, PASSWORDS)
        self.who = service.WhoIs(store)

    def hire(self, login: str, *roles: Role, by: Actor = FOUNDING) -> Staff:
        return service.CreateStaff(self.store, IDS, PASSWORDS)(
            SITE,
            by,
            login=login,
            name=login.title(),
            organisation="site",
            roles=frozenset(roles or (Role.REVIEWER,)),
            password=Sealed(PASSWORD, label="password"),
        )

    def enter(self, login: str, password: str = PASSWORD) -> LoggedIn:
        return self.log_in(SITE, login, Sealed(password, label="password"))

    def events(self) -> list[Any]:
        chain: tuple[Recorded, ...] = self.store.read(
            lambda w: w.chain_of(SITE, w.access.site_subject(SITE))
        )
        return [r.event for r in chain]


@pytest.fixture
def desk(make_store: Callable[..., Store]) -> Desk:
    time = HandTime()
    return Desk(make_store({}, time), time)


def test_a_log_in_is_who_it_says_until_it_ends(desk: Desk) -> None:
    desk.hire("ana", Role.SENIOR)
    inside = desk.enter("ana")
    actor = desk.who(inside.token.open())
    assert (actor, actor.name, actor.organisation) == (inside.actor, "Ana", "site")
    assert actor.may(Permission.HOLD_RELEASE)
    assert not actor.may(Permission.ACCESS_MANAGE)
    desk.time.pass_(10 * HOUR - 1)
    desk.who(inside.token.open())
    desk.time.pass_(1)
    with pytest.raises(NotLoggedIn):
        desk.who(inside.token.open())


def test_a_logged_out_session_is_gone(desk: Desk) -> None:
    desk.hire("ana")
    first, second = desk.enter("ana"), desk.enter("ana")
    service.LogOut(desk.store)(first.token.open())
    service.LogOut(desk.store)("no such token")
    with pytest.raises(NotLoggedIn):
        desk.who(first.token.open())
    desk.who(second.token.open())


@pytest.mark.parametrize("token", ["", "x", "00" * 32, "\ud800"])
def test_an_unknown_token_is_nobody(desk: Desk, token: str) -> None:
    with pytest.raises(NotLoggedIn):
        desk.who(token)


def test_guessing_is_counted_before_the_password_is_looked_at(desk: Desk) -> None:
    desk.hire("ana")
    for _ in range(ATTEMPTS_MAX):
        with pytest.raises(NotLoggedIn, match="name or password"):
            desk.enter("ana", "wrong password of mine")
    with pytest.raises(TooManyAttempts):
        desk.enter("ana")
    desk.hire("ben")
    desk.enter("ben")
    desk.time.pass_(15 * MINUTE)
    desk.enter("ana")
    for _ in range(ATTEMPTS_MAX - 1):
        with pytest.raises(NotLoggedIn):
            desk.enter("ana", "wrong password of mine")
    desk.enter("ana")
    with pytest.raises(NotLoggedIn):
        desk.enter("ana", "a success clears the count")


def test_an_unknown_name_is_answered_and_counted_like_a_known_one(desk: Desk) -> None:
    answers = set()
    for login in ("ana", "nobody"):
        if login == "ana":
            desk.hire(login)
        for _ in range(ATTEMPTS_MAX):
            with pytest.raises(NotLoggedIn) as refused:
                desk.enter(login, "wrong password of mine")
            answers.add(refused.value.reason)
        with pytest.raises(TooManyAttempts):
            desk.enter(login, "wrong password of mine")
    assert len(answers) == 1
    desk.time.pass_(HOUR)
    desk.enter("ana")
    left = desk.store.read(lambda w: w.conn.execute(select(tables.login_attempt)).all())
    assert left == [], "what is too old to matter is forgotten"


def test_an_unknown_name_costs_a_hash_as_well(desk: Desk) -> None:
    asked: list[str] = []

    class Counting(Argon2Passwords):
        def verify(self, hashed: str, password: str) -> bool:
            asked.append(hashed)
            return super().verify(hashed, password)

    log_in = service.LogIn(desk.store, IDS, Counting(cheap=True))
    with pytest.raises(NotLoggedIn):
        log_in(SITE, "nobody", Sealed(PASSWORD, label="password"))
    assert len(asked) == 1


def test_a_blocked_log_in_ends_at_once(desk: Desk) -> None:
    admin = decide.actor_of(desk.hire("ada", Role.ADMIN))
    ana = desk.hire("ana")
    inside = desk.enter("ana")
    service.BlockStaff(desk.store)(SITE, admin, ana.id)
    with pytest.raises(NotLoggedIn):
        desk.who(inside.token.open())
    with pytest.raises(NotLoggedIn, match="name or password"):
        desk.enter("ana")
    blocked = desk.events()[-1]
    assert isinstance(blocked, AccessRevoked)
    assert (blocked.staff, blocked.blocked, blocked.actor) == (ana.id, True, admin.id)
    service.BlockStaff(desk.store)(SITE, admin, ana.id, blocked=False)
    desk.enter("ana")
    with pytest.raises(NotLoggedIn):
        desk.who(inside.token.open())


def test_roles_change_at_the_next_request_and_each_change_is_an_event(desk: Desk) -> None:
    admin = decide.actor_of(desk.hire("ada", Role.ADMIN))
    ana = desk.hire("ana", Role.REVIEWER)
    inside = desk.enter("ana")
    after = frozenset({Role.SENIOR})
    service.ChangeRoles(desk.store)(SITE, admin, ana.id, after)
    assert desk.who(inside.token.open()).permissions == PERMISSIONS[Role.SENIOR]
    given, taken = desk.events()[-2:]
    assert isinstance(given, AccessGranted)
    assert isinstance(taken, AccessRevoked)
    assert (given.roles, taken.roles, taken.blocked) == (["senior"], ["reviewer"], False)


def test_nobody_changes_their_own_roles(desk: Desk) -> None:
    ada = desk.hire("ada", Role.ADMIN)
    admin = decide.actor_of(ada)
    with pytest.raises(Forbidden, match="their own"):
        service.ChangeRoles(desk.store)(SITE, admin, ada.id, frozenset(Role))
    with pytest.raises(Forbidden, match="their own"):
        service.BlockStaff(desk.store)(SITE, admin, ada.id)
    reviewer = decide.actor_of(desk.hire("ana"))
    with pytest.raises(Forbidden):
        service.ChangeRoles(desk.store)(SITE, reviewer, ada.id, frozenset())
    with pytest.raises(Forbidden):
        desk.hire("eve", Role.ADMIN, by=reviewer)


def test_an_actor_of_one_site_is_nobody_on_another() -> None:
    decide.require(FOUNDING, Permission.ACCESS_MANAGE, SITE)
    with pytest.raises(Forbidden):
        decide.require(FOUNDING, Permission.ACCESS_MANAGE, Site("other"))


def test_names_are_unique_and_passwords_long_enough(desk: Desk) -> None:
    desk.hire("ana")
    with pytest.raises(Conflict, match="taken"):
        desk.hire("ana")
    with pytest.raises(Refusal):
        desk.hire("")
    with pytest.raises(Refusal):
        decide.check_password("short")
    assert [s.login for s in service.ListStaff(desk.store)(SITE, FOUNDING)] == ["ana"]


def test_no_permission_goes_with_no_role_and_every_permission_with_one() -> None:
    assert decide.permissions_of(frozenset()) == frozenset()
    assert decide.permissions_of(frozenset(Role)) == frozenset(Permission)
    assert Permission.CASE_DECIDE not in PERMISSIONS[Role.ADMIN] | PERMISSIONS[Role.AUDITOR]


def test_nothing_secret_is_shown_or_stored(desk: Desk) -> None:
    ana = desk.hire("ana")
    inside = desk.enter("ana")
    token, bearer = service.CreateToken(desk.store, IDS)(
        SITE, FOUNDING, "the site's server", frozenset({Scope.INTAKE})
    )
    secrets = [PASSWORD, ana.password.open(), inside.token.open(), bearer.open()]
    shown = repr((ana, inside, token, bearer))
    assert not [secret for secret in secrets if secret in shown]

    def rows(work: Any) -> str:
        names = (tables.staff, tables.staff_session, tables.api_token)
        return repr([work.conn.execute(select(table)).all() for table in names])

    kept = desk.store.read(rows)
    assert not [s for s in (PASSWORD, inside.token.open(), bearer.open()) if s in kept]


def test_a_token_speaks_for_its_site_and_scope_until_revoked(desk: Desk) -> None:
    authenticate = service.AuthenticateToken(desk.store)
    token, bearer = service.CreateToken(desk.store, IDS)(
        SITE, FOUNDING, "the site's server", frozenset({Scope.INTAKE})
    )
    assert authenticate(bearer.open(), Scope.INTAKE).site == SITE
    with pytest.raises(Forbidden):
        authenticate(bearer.open(), Scope.DIRECTIVES)
    with pytest.raises(NotLoggedIn):
        authenticate("ans_" + "0" * 64, Scope.INTAKE)
    revoke = service.RevokeToken(desk.store)
    revoke(SITE, FOUNDING, token.id)
    revoke(SITE, FOUNDING, token.id)
    with pytest.raises(NotLoggedIn):
        authenticate(bearer.open(), Scope.INTAKE)
    given, taken = desk.events()
    assert (given.staff, given.roles) == (f"token:{token.id}", ["intake"])
    assert (taken.staff, taken.blocked) == (given.staff, True)
    with pytest.raises(Refusal):
        service.CreateToken(desk.store, IDS)(SITE, FOUNDING, "", frozenset())


def test_a_form_belongs_to_its_session() -> None:
    key = decide.form_key("token")
    decide.check_form_key("token", key)
    assert "token" not in key
    for other in (decide.form_key("other"), "", "\ud800", key[:-1]):
        with pytest.raises(Forbidden):
            decide.check_form_key("token", other)


def test_argon2_is_salted_and_a_damaged_hash_is_a_breach() -> None:
    first, second = PASSWORDS.hash(PASSWORD), PASSWORDS.hash(PASSWORD)
    assert first != second
    assert first.startswith("$argon2id$")
    assert PASSWORDS.verify(first, PASSWORD)
    assert not PASSWORDS.verify(first, PASSWORD + "!")
    with pytest.raises(Breach):
        PASSWORDS.verify("damaged", PASSWORD)
