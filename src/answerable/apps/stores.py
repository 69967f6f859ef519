"""The stores of an installation: what each is trusted with, and what follows if it goes or changes.

docs/operations/stores.md is this table in words: scripts/docs_tables.py writes it, and a test keeps
page, table and a real home together.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreCharter:
    """One store. `paths` are patterns below the home; none where it lies inside another store."""

    store: str
    paths: tuple[str, ...]
    holds: str
    if_lost: str
    if_altered: str

    def covers(self, path: str) -> bool:
        """Does a path relative to the home belong to this store?"""
        return any(fnmatchcase(path, pattern) for pattern in self.paths)

    def row(self) -> str:
        """A row of the page's table."""
        where = "<br>".join(f"`{path}`" for path in self.paths) or "inside the database"
        cells = (f"**{self.store}**", where, self.holds, self.if_lost, self.if_altered)
        return "| " + " | ".join(cells) + " |"


STORES: tuple[StoreCharter, ...] = (
    StoreCharter(
        store="database",
        paths=("db.sqlite3", "db.sqlite3-wal", "db.sqlite3-shm"),
        holds="Every event, every word (encrypted), every case, duty, promise and open step. Or the"
        " PostgreSQL database that `ANSWERABLE_DATABASE` names.",
        if_lost="All of that is gone; what the log holds cannot be opened again. An older copy is"
        " refused by the sequencer, because more leaves are signed than it holds.",
        if_altered="`event` and `leaf` refuse UPDATE and DELETE. Whoever removes that guard makes"
        " leaves that do not match: checks 7 to 12 of `verify` name them. Other rows can be"
        " altered: the events then contradict them.",
    ),
    StoreCharter(
        store="field group keys",
        paths=(),
        holds="Table `dek`: one key for each group of fields of each event, wrapped by the master"
        " key. `stored_file` holds the same for each file.",
        if_lost="Those words are erased for ever; their commitments still verify. `verify` asks for"
        " the event that says so (check 13).",
        if_altered="The group does not open: Breach. It cannot be made to open as other words.",
    ),
    StoreCharter(
        store="master key",
        paths=("keys/master.key",),
        holds="32 bytes that wrap every key above; and what watches compare is digested under a"
        " key derived from them.",
        if_lost="No word and no file opens again: the same as erasing everything. If it is missing"
        " at start a new one is made without a word; put the old one back before you start.",
        if_altered="Reading any word is a Breach; a file of another size stops the start.",
    ),
    StoreCharter(
        store="objects",
        paths=("objects/*",),
        holds="Uploaded files and served papers, each encrypted under its own key, under random"
        " names. Or the bucket that `ANSWERABLE_OBJECTS_BUCKET` names.",
        if_lost="Pictures are gone. A report that needs one stays visibly open, tried again and"
        " again.",
        if_altered="The file does not open: Breach, and a report that needs it waits for a person.",
    ),
    StoreCharter(
        store="tiles",
        paths=("log/*/tile/*",),
        holds="The public log: leaves of 33 opaque bytes and their tree. Not secret.",
        if_lost="Nothing: they are written again from the database, by the sequencer where it"
        " needs them and by `export`.",
        if_altered="The sequencer stops before it signs and says what to move away; an outsider"
        " sees a wrong root.",
    ),
    StoreCharter(
        store="checkpoint",
        paths=("log/*/checkpoint",),
        holds="The newest signed head. Not secret; the more people keep old ones, the better.",
        if_lost="Nothing: the same head gets the same signatures again.",
        if_altered="Its signature fails. One that claims more leaves than the database has stops"
        " the sequencer.",
    ),
    StoreCharter(
        store="signer's folder",
        paths=("signer/*",),
        holds="The log's private keys, and the size and root that were signed last.",
        if_lost="Memory or keys alone: the signer refuses for ever and this log has ended. Both"
        " together: the sequencer refuses, for no policy in the world would know a new key.",
        if_altered="As lost. An older copy of the memory is the worst of all: never restore one.",
    ),
    StoreCharter(
        store="receipts key and bundle key",
        paths=("keys/*receipts.ed25519.key", "keys/*bundle.ed25519.key"),
        holds="What signs promises to posters and alerters, and bundles. Not the log's key.",
        if_lost="New ones are made at the next start and the policy changes: old receipts then need"
        " the old policy.",
        if_altered="A damaged file stops the start. Stolen: another can promise in your name.",
    ),
    StoreCharter(
        store="look-up key",
        paths=("keys/lookup.key",),
        holds="32 bytes under which the spoken words of alert receipts and nonces are digested, and"
        " from which the key of sketches comes.",
        if_lost="Words already given find nothing any more, a repeated alert is taken as new, and"
        " ads that come back are known by contacts, pictures and account only. Nothing else.",
        if_altered="As lost; another size stops the process. Stolen together with the database,"
        " it lets somebody try words against the table.",
    ),
    StoreCharter(
        store="fetched schemas",
        paths=("tipline-schema/*",),
        holds="NCMEC's own schema, each edition that `answerable reports xsd --refresh` fetched,"
        " and when. NCMEC's document: not to be passed on. No report is made by it.",
        if_lost="Fetch again; what changed between old editions can't be shown any more.",
        if_altered="The copy is not the one that was fetched: Breach. Fetch again.",
    ),
    StoreCharter(
        store="policy",
        paths=("policy",),
        holds="The public keys of log, receipts and bundles. Not secret; give it to auditors by"
        " another way than the bundle.",
        if_lost="Written again when the signer answers.",
        if_altered="Your own `verify` believes the wrong keys; auditors use the copy they were"
        " given.",
    ),
    StoreCharter(
        store="facts of the home",
        paths=("home.json",),
        holds="Site, log origin and whether the site is synthetic; fixed when the home was made.",
        if_lost="No command knows the home; write it again from the policy (origin) and from your"
        " notes.",
        if_altered="Another origin or mark than the database has: events, log and bundle contradict"
        " each other (check 15). A real site must never be marked synthetic.",
    ),
    StoreCharter(
        store="emergency numbers",
        paths=("emergency.toml",),
        holds="The operator's own list of police numbers, if it lies here and not elsewhere"
        " (`ANSWERABLE_EMERGENCY`).",
        if_lost="The emergency sheet shows example numbers, and says so. Put it back at once.",
        if_altered="Somebody telephones a stranger. Only the operator may write it.",
    ),
    StoreCharter(
        store="receiver's file",
        paths=("receiver/*",),
        holds="What the local TEST double of the CyberTipline was sent.",
        if_lost="Nothing that counts: these are test reports.",
        if_altered="A comparison with its list proves nothing.",
    ),
    StoreCharter(
        store="demo",
        paths=("demo.json", "demo-log-ins.txt", "site-token", "example-site/*"),
        holds="Only in a demo home: its mark, three passwords, the example site's token and ads.",
        if_lost="Make a new demo home. The database keeps digests only.",
        if_altered="The example site cannot log in or forgets its ads.",
    ),
    StoreCharter(
        store="running state",
        paths=("up.lock", "up.json"),
        holds="Who runs: the process that holds the home, and its children.",
        if_lost="Nothing; made again at each start. Never remove the lock of a running `up`.",
        if_altered="`/healthz` tells a wrong state of the receiver until the next change.",
    ),
)

HEADER = (
    "| store | where, below the home | holds | if it is lost | if it is altered |",
    "|---|---|---|---|---|",
)


def table(stores: Iterable[StoreCharter] = STORES) -> str:
    """The page's table: Markdown, a line each, with a last newline."""
    return "".join(f"{line}\n" for line in (*HEADER, *(store.row() for store in stores)))
