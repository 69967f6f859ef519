"""Small secret files: 0600 in a 0700 folder, durable before anybody relies on them."""

import os
import stat
from pathlib import Path

from answerable.kernel.errors import Breach

FILE_MODE = 0o600
FOLDER_MODE = 0o700


def private_folder(folder: Path) -> Path:
    """Make the folder 0700 if absent. Raises Breach if others may read an existing one."""
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    _only_ours(folder)
    return folder


def read_private(path: Path) -> bytes | None:
    """The file's bytes, or None. Raises Breach if others may read it: then it is no secret."""
    try:
        _only_ours(path)
        return path.read_bytes()
    except FileNotFoundError:
        return None


def create_private(path: Path, data: bytes) -> bool:
    """Write a new file, durably; False, and nothing changed, if there is one already."""
    temporary = _write(path, data)
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)
    return True


def replace_private(path: Path, data: bytes) -> None:
    """Put `data` in place of what is there, atomically and durably: temp, fsync, rename, fsync."""
    temporary = _write(path, data)
    try:
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _write(path: Path, data: bytes) -> Path:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
    temporary.unlink(missing_ok=True)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return temporary


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _only_ours(path: Path) -> None:
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise Breach(f"others may read {path}: take that away with chmod go= before going on")
