"""Passwords by argon2id (argon2-cffi; RFC 9106, its low-memory profile)."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from answerable.kernel.errors import Breach


class Argon2Passwords:
    """Implements access.store.Passwords."""

    def __init__(self, *, cheap: bool = False) -> None:
        """`cheap` is for tests that log in a hundred times; nothing else may say it."""
        if cheap:
            self._hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
        else:
            self._hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)

    def hash(self, password: str) -> str:
        return self._hasher.hash(password)

    def verify(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except VerificationError:
            return False
        except InvalidHashError as fault:
            raise Breach("a stored password hash is not of argon2's form") from fault
