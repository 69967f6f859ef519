"""What access needs kept, in its own nouns, and its outside: a slow password hash."""

from typing import Protocol

from answerable.access.model import ApiToken, Attempts, Session, Staff, StaffId, TokenId
from answerable.events.work import UnitOfWork
from answerable.kernel.ids import Site, SubjectId
from answerable.kernel.time import Millis


class Passwords(Protocol):
    """A slow, salted password hash (argon2id)."""

    def hash(self, password: str) -> str:
        """A fresh hash, its parameters and salt spelled inside."""
        ...

    def verify(self, hashed: str, password: str) -> bool:
        """Is this the password? Takes as long for yes as for no."""
        ...


class AccessStore(Protocol):
    """Staff, sessions, attempts and tokens of all sites."""

    def site_subject(self, site: Site) -> SubjectId:
        """The site's own chain. Raises NotFound."""
        ...

    def get(self, site: Site, staff: StaffId) -> Staff:
        """Raises NotFound."""
        ...

    def by_login(self, site: Site, login: str) -> Staff | None: ...

    def put(self, staff: Staff) -> None:
        """Insert or replace. Raises Conflict when another staff member has that log-in name."""
        ...

    def everyone(self, site: Site, limit: int) -> tuple[Staff, ...]:
        """Staff by log-in name, at most `limit`."""
        ...

    def attempts(self, site: Site, login: str) -> Attempts | None:
        """Locks the row where the database can."""
        ...

    def put_attempts(self, attempts: Attempts) -> None: ...

    def clear_attempts(self, site: Site, login: str) -> None: ...

    def drop_attempts_before(self, before: Millis) -> None:
        """Forget what is too old to matter."""
        ...

    def put_session(self, session: Session) -> None: ...

    def session(self, digest: bytes) -> Session | None: ...

    def revoke_session(self, digest: bytes, now: Millis) -> None: ...

    def revoke_sessions(self, site: Site, staff: StaffId, now: Millis) -> None:
        """Every session of this person."""
        ...

    def put_token(self, token: ApiToken) -> None: ...

    def token(self, digest: bytes) -> ApiToken | None: ...

    def tokens(self, site: Site, limit: int) -> tuple[ApiToken, ...]: ...

    def get_token(self, site: Site, token: TokenId) -> ApiToken:
        """Raises NotFound."""
        ...


class AccessWork(UnitOfWork, Protocol):
    """A transaction in which access can work."""

    @property
    def access(self) -> AccessStore: ...
