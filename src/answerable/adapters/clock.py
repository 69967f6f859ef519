"""The machine's time and chance: the only place that asks the system for either."""

import os
import time

from answerable.kernel.ids import ID_BYTES, spell_id
from answerable.kernel.time import Millis


class SystemTime:
    """The system clock, never going backwards within this process."""

    def __init__(self) -> None:
        self._last = 0

    def now(self) -> Millis:
        self._last = max(self._last, time.time_ns() // 1_000_000)
        return Millis(self._last)


class SystemIds:
    """The operating system's randomness."""

    def new(self) -> str:
        return spell_id(os.urandom(ID_BYTES))

    def secret(self) -> bytes:
        return os.urandom(32)
