"""Is everything up? What `/healthz` says, and what the console shows people."""

import json
import socket
from typing import Any

from answerable.adapters.sql.outbox import parked
from answerable.adapters.sql.sequencer import waiting
from answerable.apps.background import Background
from answerable.apps.export import signer_state
from answerable.apps.wiring import House
from answerable.kernel.errors import Breach, Outage

LISTENS_SECONDS = 1.0


class Health:
    """Looks at each part and says what it saw."""

    def __init__(self, house: House, background: Background) -> None:
        self._house, self._background = house, background

    def look(self) -> dict[str, Any]:
        """`ok`, then one line a part. Never says anything about contents."""
        parts: dict[str, str] = {}
        parts["database"] = self._database()
        parts["signer"] = self._signer()
        settings = self._house.settings
        parts["receiver"] = self._supervised("receiver", settings.receiver_port)
        parts["site"] = self._supervised("site", settings.site_port)
        parts["demo"] = self._demo()
        broken = dict(self._background.broken)
        parts.update({f"thread {name}": why for name, why in broken.items()})
        ok = all(state in ("up", "none") for state in parts.values())
        return {"ok": ok, "parts": parts}

    def _database(self) -> str:
        try:
            self._house.store.read(lambda work: waiting(work, self._house.site))
            self._house.store.read(lambda work: parked(work, limit=1))
        except Outage:
            return "down"
        return "up"

    def _signer(self) -> str:
        try:
            signer_state(self._house)
        except (Outage, Breach) as fault:
            return f"down: {fault}"
        return "up"

    def _supervised(self, child: str, port: int) -> str:
        """What the supervisor last wrote of its children; "none" where nobody supervises.

        A process that lives is not up before it listens.
        """
        try:
            told = json.loads((self._house.home.root / "up.json").read_bytes())
        except FileNotFoundError:
            return "none"
        except ValueError:
            return "unknown"
        state = str(told.get(child, "none"))
        return "starting" if state == "up" and not _listens(port) else state

    def _demo(self) -> str:
        mark = self._house.home.demo_mark
        if not mark.exists():
            return "none"
        try:
            loaded = json.loads(mark.read_bytes()).get("loaded")
        except ValueError:
            return "unknown"
        return "up" if loaded else "loading"


def _listens(port: int) -> bool:
    """Does somebody on this machine take connections there?"""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=LISTENS_SECONDS).close()
    except OSError:
        return False
    return True
