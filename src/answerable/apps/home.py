"""The home: the folder that holds one installation. Made once, locked by `up`, 0700."""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from answerable.adapters.signing.files import private_folder
from answerable.kernel.errors import Breach, Refusal

FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeFacts:
    """What was fixed when the home was made."""

    site: str
    origin: str
    synthetic: bool
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class Home:
    """Paths inside the home."""

    root: Path

    @property
    def facts_file(self) -> Path:
        return self.root / "home.json"

    @property
    def database(self) -> Path:
        return self.root / "db.sqlite3"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def master_key(self) -> Path:
        return self.keys / "master.key"

    @property
    def lookup_key(self) -> Path:
        return self.keys / "lookup.key"

    @property
    def objects(self) -> Path:
        return self.root / "objects"

    @property
    def signer(self) -> Path:
        return self.root / "signer"

    @property
    def signer_socket(self) -> Path:
        return self.signer / "signer.sock"

    @property
    def receiver(self) -> Path:
        return self.root / "receiver"

    @property
    def tipline_schema(self) -> Path:
        return self.root / "tipline-schema"

    @property
    def example_site(self) -> Path:
        return self.root / "example-site"

    @property
    def policy(self) -> Path:
        return self.root / "policy"

    @property
    def demo_log_ins(self) -> Path:
        return self.root / "demo-log-ins.txt"

    @property
    def site_token(self) -> Path:
        return self.root / "site-token"

    @property
    def demo_mark(self) -> Path:
        return self.root / "demo.json"

    def log(self, site: str) -> Path:
        return self.root / "log" / site

    def exists(self) -> bool:
        return self.facts_file.exists()

    def facts(self) -> HomeFacts:
        """Raises Refusal where this is no home, Breach where it is a newer one than we know."""
        try:
            read = json.loads(self.facts_file.read_bytes())
        except FileNotFoundError:
            raise Refusal(
                f"{self.root} is no Answerable home; `answerable init` makes one"
            ) from None
        facts = HomeFacts(**read)
        if facts.format != FORMAT:
            raise Breach(f"the home has format {facts.format}; this program knows {FORMAT}")
        return facts

    def make(self, facts: HomeFacts, make_keys: Callable[[], None]) -> None:
        """Folders, keys, and last the facts: a home that has its facts has had its keys.

        A home that exists is left as it is.
        """
        private_folder(self.root)
        private_folder(self.keys)
        if not self.exists():
            make_keys()
            write_private(self.facts_file, json.dumps(asdict(facts), indent=1) + "\n")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One `up` at a time. Raises Refusal naming the pid that holds it."""
        handle = os.open(self.root / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pid = os.read(handle, 20).decode("ascii", "replace").strip() or "?"
                raise Refusal(
                    f"Answerable is already running in {self.root} (process {pid})"
                ) from None
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
            yield
        finally:
            os.close(handle)


def write_private(path: Path, content: str | bytes) -> None:
    """A file only we may read, whole or not at all."""
    temporary = path.with_name(f".{path.name}.new")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(content.encode() if isinstance(content, str) else content)
        out.flush()
        os.fsync(out.fileno())
    temporary.replace(path)
