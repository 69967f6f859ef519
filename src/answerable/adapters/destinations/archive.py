"""A ZIP whose bytes depend on its content alone: no compression, one order, no date but 1980."""

import hashlib
import zipfile
from pathlib import Path
from typing import Final

from answerable.kernel.errors import insist

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_PRIVATE: Final = 0o100600 << 16


class Archive:
    """Filled entry by entry, in the order given; `close` once."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._archive = zipfile.ZipFile(target, "w", zipfile.ZIP_STORED)
        self.listed: dict[str, tuple[int, str]] = {}
        """Path to length and SHA-256."""

    def add(self, path: str, content: bytes) -> None:
        insist(path not in self.listed, f"{path} came twice")
        safe = not path.startswith("/") and "\\" not in path and ".." not in path.split("/")
        insist(safe and path.isascii(), f"{path} is a name that unpacks anywhere")
        info = zipfile.ZipInfo(path, _EPOCH)
        info.external_attr, info.create_system = _PRIVATE, 3
        self._archive.writestr(info, content)
        self.listed[path] = (len(content), hashlib.sha256(content).hexdigest())

    def sums(self) -> bytes:
        """The digests so far, as `sha256sum -c` reads them."""
        return "".join(f"{d}  {p}\n" for p, (_, d) in sorted(self.listed.items())).encode("ascii")

    def close(self) -> str:
        """SHA-256 of the whole."""
        self._archive.close()
        sha256 = hashlib.sha256()
        with self._target.open("rb") as file:
            while chunk := file.read(1 << 20):
                sha256.update(chunk)
        return sha256.hexdigest()
