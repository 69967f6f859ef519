"""tiles: the log as files in a folder, as C2SP tlog-tiles lays them out.

Owns     the tile folder: write-once tiles, and the one file that is ever replaced, `checkpoint`.
Emits    nothing.
Imports  ledger, kernel, the disk.
Start at folder.TileFolder. If lost: `rebuild` from the database. If altered: every reader notices.
"""

from answerable.adapters.tiles.folder import TileFolder

__all__ = ["TileFolder"]
