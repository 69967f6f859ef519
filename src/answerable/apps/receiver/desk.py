"""receiver/desk: what every door of one receiver shares: settings, book, switches, time, chance."""

import base64
import binascii
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from starlette.concurrency import run_in_threadpool

from answerable.apps.receiver.book import Book, Page
from answerable.apps.receiver.settings import ReceiverSettings
from answerable.apps.receiver.switches import Switchboard
from answerable.apps.receiver.tables import Documents, documents
from answerable.apps.receiver.values import Profile
from answerable.kernel.time import Millis, TimeSource

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One receiver's belongings. `chance` gives that many random bytes."""

    settings: ReceiverSettings
    book: Book
    board: Switchboard
    time: TimeSource
    chance: Callable[[int], bytes]

    def now(self) -> Millis:
        """The time source's present, shifted as the switch says."""
        return Millis(self.time.now() + self.board.now.time_shift_ms)

    @property
    def profile(self) -> Profile:
        return self.board.now.profile or self.settings.profile

    def documents(self) -> Documents:
        return documents(self.profile)

    async def run(self, step: Callable[[Page], T]) -> T:
        """`step` in one committed transaction, off the event loop."""
        return await run_in_threadpool(self.book.run, self.now, step)

    def user_of(self, authorization: str | None) -> str | None:
        """The user whom this Basic Authorization header proves, or None."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            name, colon, password = base64.b64decode(token, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        known = self.settings.users.get(name)
        expected = password + "-" if known is None else known
        same = hmac.compare_digest(expected.encode(), password.encode())
        return name if colon and same else None
