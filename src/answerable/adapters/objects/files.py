"""Files by SHA-256: bytes encrypted under a key of their own, the key wrapped by the vault.

The object is durable before its row, the row before any revision names it. Deleting the row makes
the object unreadable wherever a copy of it may lie.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import obstore
import structlog
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import LocalStore, ObjectStore, S3Store
from sqlalchemy import delete, exists, select, update

from answerable.adapters.sql import reads
from answerable.adapters.sql.ads import file_ref, stored_file
from answerable.adapters.sql.base import insert_once
from answerable.adapters.sql.process import process_document
from answerable.adapters.sql.runner import Store
from answerable.adapters.sql.vault import Vault
from answerable.adapters.sql.work import SqlWork
from answerable.ads.files import StoredFile
from answerable.events.evidence import Reading
from answerable.kernel.errors import Breach, NotFound, Outage, Refusal
from answerable.kernel.hosts import is_loopback
from answerable.kernel.ids import Ids, Site
from answerable.kernel.limits import FILE_BYTES_MAX
from answerable.kernel.sealed import Sealed
from answerable.kernel.time import DAY, Millis

log = structlog.get_logger("files")

UNREFERENCED_LIFE = 1 * DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """Where an S3 store is. Keys not given here come from the machine's own S3 environment."""

    name: str
    endpoint: str = ""
    region: str = "us-east-1"
    key_id: Sealed[str] = field(repr=False)
    secret: Sealed[str] = field(repr=False)
    prefix: str = "evidence"
    retries: int = 3

    def open(self) -> S3Store:
        """A client that waits 30 seconds at most, and tries again for as long."""
        told: dict[str, Any] = {"region": self.region}
        plain = self.endpoint.startswith("http://")
        if plain and not is_loopback(urlsplit(self.endpoint).hostname or ""):
            raise Refusal("an object store elsewhere is reached by https")
        if self.endpoint:
            told |= {"endpoint": self.endpoint, "virtual_hosted_style_request": False}
        if self.key_id.open():
            told |= {"access_key_id": self.key_id.open(), "secret_access_key": self.secret.open()}
        try:
            return S3Store(
                self.name,
                prefix=self.prefix,
                client_options={"allow_http": plain, "timeout": timedelta(seconds=30)},
                retry_config={"max_retries": self.retries, "retry_timeout": timedelta(seconds=30)},
                **told,
            )
        except BaseError as fault:
            raise Refusal("the settings of the object store make no bucket") from fault


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

    @classmethod
    def in_bucket(cls, store: Store, bucket: Bucket, vault: Vault, ids: Ids) -> "EvidenceFiles":
        """Objects in a bucket that speaks S3. Raises Refusal where the settings make no bucket."""
        return cls(store, bucket.open(), vault, ids)

    def put(self, site: Site, content: bytes, media_type: str) -> StoredFile:
        if len(content) > FILE_BYTES_MAX:
            raise Refusal("the file is too large", bytes=len(content), bytes_max=FILE_BYTES_MAX)
        sha256 = hashlib.sha256(content).hexdigest()
        known = self._store.run(lambda work: _wanted_again(work, site, sha256))
        if known is not None:
            return known
        secret, name = self._ids.secret(), f"{site}/{self._ids.new()}"
        label = f"file\x00{site}\x00{sha256}".encode()
        nonce, sealed = self._vault.seal_body(secret, content, label)
        self._keep(name, nonce + sealed)
        key_nonce, wrapped = self._vault.wrap(secret, label)

        def fn(work: SqlWork) -> tuple[StoredFile, bool]:
            new = insert_once(
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
            return found, new

        found, new = self._store.run(fn)
        if not new:  # somebody stored the same bytes meanwhile
            self._drop(name)
        return found

    def find(self, site: Site, sha256: str) -> StoredFile | None:
        return self._store.read(lambda work: _row(work, site, sha256))

    def read(self, site: Site, sha256: str, why: Reading) -> bytes:
        row = self._store.run(lambda work: _read_for(work, site, sha256, why))
        if row is None:
            raise NotFound("no such file", sha256=sha256)
        try:
            raw = bytes(self._objects.get(row.object_name).bytes())
        except (NotFoundError, FileNotFoundError) as fault:
            raise Breach("a stored file is gone from the object store") from fault
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

        names = self._store.run(lambda work: _forget_unnamed(work, now))
        for name in names:
            self._drop(name)
        return len(names)

    def discard(self, names: Sequence[str]) -> None:
        """Remove objects whose rows, and with them their keys, are gone."""
        for name in names:
            self._drop(name)

    def _drop(self, name: str) -> None:
        try:
            self._objects.delete(name)
        except (BaseError, OSError):  # nobody holds its key: what is left there says nothing
            log.warning("an object was not deleted", object=name)

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


def _read_for(work: SqlWork, site: Site, sha256: str, why: Reading) -> Any:
    """The file's row; that somebody was given it is recorded in this transaction."""
    row = work.conn.execute(
        select(stored_file).where(stored_file.c.site == site, stored_file.c.sha256 == sha256)
    ).one_or_none()
    if row is not None:
        # The object's name is random and stands nowhere but in this row: when the row goes,
        # nothing says any more which picture the reads were of.
        reads.note(work, site, row.object_name.rpartition("/")[2], row.size, why)
    return row


def _wanted_again(work: SqlWork, site: Site, sha256: str) -> StoredFile | None:
    """The file, if it is there: and from now on it has a day again before a sweep takes it."""
    c = stored_file.c
    work.conn.execute(
        update(stored_file).where(c.site == site, c.sha256 == sha256).values(stored=work.now())
    )
    return _row(work, site, sha256)


def _forget_unnamed(work: SqlWork, now: Millis) -> list[str]:
    """Delete rows (and with them keys) that nothing names. Their objects' names.

    First their locks, then a look at who names them: an ad that names one locks it too.
    """
    c, ref = stored_file.c, file_ref.c
    paper = process_document.c
    unnamed = ~exists().where(ref.site == c.site, ref.sha256 == c.sha256) & ~exists().where(
        paper.site == c.site, paper.sha256 == c.sha256
    )
    old = select(c.site, c.sha256).where(c.stored < now - UNREFERENCED_LIFE, unnamed).limit(1000)
    if work.conn.dialect.name == "postgresql":
        old = old.with_for_update(of=stored_file)
    names = []
    for row in work.conn.execute(old).all():
        gone = work.conn.execute(
            delete(stored_file)
            .where(c.site == row.site, c.sha256 == row.sha256, unnamed)
            .returning(c.object_name)
        ).scalar_one_or_none()
        if gone is not None:
            names.append(gone)
    return names


def _sync(path: Path) -> None:
    """Make the file and its name durable: fsync the file, its folder, and the folder's name."""
    for target in (path, path.parent, path.parent.parent):
        descriptor = os.open(target, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
