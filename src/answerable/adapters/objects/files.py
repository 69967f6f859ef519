"""Files by SHA-256: bytes encrypted under a key of their own, the key wrapped by the vault.

The object is durable before its row, the row before any revision names it. Deleting the row makes
the object unreadable wherever a copy of it may lie.
"""

import hashlib
import os
from pathlib import Path

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, ObjectStore
from sqlalchemy import delete, select

from answerable.adapters.sql.ads import file_ref, stored_file
from answerable.adapters.sql.base import insert_once
from answerable.adapters.sql.runner import Store
from answerable.adapters.sql.vault import Vault
from answerable.adapters.sql.work import SqlWork
from answerable.ads.files import StoredFile
from answerable.kernel.errors import Breach, NotFound, Outage, Refusal
from answerable.kernel.ids import Ids, Site
from answerable.kernel.limits import FILE_BYTES_MAX
from answerable.kernel.time import DAY, Millis

UNREFERENCED_LIFE = 1 * DAY


class EvidenceFiles:
    """Implements ads.files.Files over an obstore store and the rows of `stored_file`."""

    def __init__(
        self, store: Store, objects: ObjectStore, vault: Vault, ids: Ids, root: Path | None = None
    ) -> None:
        self._store, self._objects, self._vault, self._ids = store, objects, vault, ids
        self._root = root

    @classmethod
    def in_folder(cls, store: Store, folder: Path, vault: Vault, ids: Ids) -> "EvidenceFiles":
        """Objects as files under `folder` (made 0700)."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return cls(store, LocalStore(folder), vault, ids, root=folder)

    def put(self, site: Site, content: bytes, media_type: str) -> StoredFile:
        if len(content) > FILE_BYTES_MAX:
            raise Refusal("the file is too large", bytes=len(content), bytes_max=FILE_BYTES_MAX)
        sha256 = hashlib.sha256(content).hexdigest()
        known = self.find(site, sha256)
        if known is not None:
            return known
        secret, name = self._ids.secret(), f"{site}/{self._ids.new()}"
        label = f"file\x00{site}\x00{sha256}".encode()
        nonce, sealed = self._vault.seal_body(secret, content, label)
        self._keep(name, nonce + sealed)
        key_nonce, wrapped = self._vault.wrap(secret, label)

        def fn(work: SqlWork) -> StoredFile:
            insert_once(
                work.conn,
                stored_file,
                {
                    "site": site,
                    "sha256": sha256,
                    "md5": hashlib.md5(content, usedforsecurity=False).hexdigest(),
                    "size": len(content),
                    "media_type": media_type[:200],
                    "object_name": name,
                    "key_nonce": key_nonce,
                    "wrapped_key": wrapped,
                    "stored": work.now(),
                },
            )
            found = _row(work, site, sha256)
            if found is None:
                raise Breach("a file row vanished within its own transaction")
            return found

        return self._store.run(fn)

    def find(self, site: Site, sha256: str) -> StoredFile | None:
        return self._store.read(lambda work: _row(work, site, sha256))

    def read(self, site: Site, sha256: str) -> bytes:
        row = self._store.read(
            lambda work: work.conn.execute(
                select(stored_file).where(
                    stored_file.c.site == site, stored_file.c.sha256 == sha256
                )
            ).one_or_none()
        )
        if row is None:
            raise NotFound("no such file", sha256=sha256)
        try:
            raw = bytes(self._objects.get(row.object_name).bytes())
        except (BaseError, OSError) as fault:
            raise Outage("the object store did not answer") from fault
        label = f"file\x00{site}\x00{sha256}".encode()
        secret = self._vault.unwrap(row.key_nonce, row.wrapped_key, label)
        content = self._vault.open_body(secret, raw[:12], raw[12:], label)
        if hashlib.sha256(content).hexdigest() != sha256:
            raise Breach("a stored file is not the file it was")
        return content

    def sweep(self, now: Millis) -> int:
        """Remove what no revision has named within a day of its upload. Returns how many."""

        def fn(work: SqlWork) -> list[str]:
            old = work.conn.execute(
                select(stored_file.c.site, stored_file.c.sha256, stored_file.c.object_name)
                .outerjoin(
                    file_ref,
                    (file_ref.c.site == stored_file.c.site)
                    & (file_ref.c.sha256 == stored_file.c.sha256),
                )
                .where(stored_file.c.stored < now - UNREFERENCED_LIFE, file_ref.c.ad_id.is_(None))
                .limit(1000)
            ).all()
            for row in old:
                work.conn.execute(
                    delete(stored_file).where(
                        stored_file.c.site == row.site, stored_file.c.sha256 == row.sha256
                    )
                )
            return [row.object_name for row in old]

        names = self._store.run(fn)
        for name in names:
            self._objects.delete(name)
        return len(names)

    def _keep(self, name: str, content: bytes) -> None:
        try:
            obstore.put(self._objects, name, content, mode="create")
            if self._root is not None:
                _sync(self._root / name)
        except AlreadyExistsError:
            raise Breach("a fresh random object name was taken") from None
        except (BaseError, OSError) as fault:
            raise Outage("the object store did not take the file") from fault


def _row(work: SqlWork, site: Site, sha256: str) -> StoredFile | None:
    row = work.conn.execute(
        select(stored_file).where(stored_file.c.site == site, stored_file.c.sha256 == sha256)
    ).one_or_none()
    if row is None:
        return None
    return StoredFile(
        sha256=row.sha256,
        md5=row.md5,
        size=row.size,
        media_type=row.media_type,
        stored=Millis(row.stored),
    )


def _sync(path: Path) -> None:
    """Make the file and its name durable: fsync the file, then its folder."""
    for target in (path, path.parent):
        descriptor = os.open(target, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
