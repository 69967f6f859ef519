"""Which pack is in force: a site is founded with one; every later one takes two people."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from answerable.access.consent import CONSENT_LENGTH, Consent, ConsentStore, agree, check_reason
from answerable.access.decide import require
from answerable.access.model import Actor, Permission
from answerable.events.event import event_header
from answerable.events.screening import PackActivated
from answerable.events.work import Runs
from answerable.kernel.errors import Conflict, Refusal
from answerable.kernel.ids import ActorId, Site
from answerable.kernel.time import Millis
from answerable.screening.packs import PACK_ID, PACK_VERSION
from answerable.screening.store import ActivePack, ScreeningWork

PREFIX = "pack:"
"""How a consent to a pack begins."""
FOUNDING = ("founding",)
FOUNDER = ActorId("system:init")
HOUSE_ORG = "site"
WAITING_MAX = 20
VERSION_CHARS_MAX = 80

_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class PackIdentity:
    """Which pack, to the byte. Raises Refusal for what no pack can be called."""

    id: str
    version: str
    digest: str

    def __post_init__(self) -> None:
        if not PACK_ID.fullmatch(self.id):
            raise Refusal("a pack's id is made of small letters, digits and hyphens")
        if len(self.version) > VERSION_CHARS_MAX or not PACK_VERSION.fullmatch(self.version):
            raise Refusal("a pack's version is a semantic version such as 1.4.0")
        if not _DIGEST.fullmatch(self.digest):
            raise Refusal("a pack's digest is 64 hexadecimal digits, small letters")

    @classmethod
    def of(cls, told: Mapping[str, str]) -> "PackIdentity":
        return cls(told["id"], told["version"], told["digest"])

    @property
    def name(self) -> str:
        return f"{self.id} {self.version}"

    @property
    def key(self) -> str:
        """What a consent to it names: all three, so that the second agrees to the same files."""
        return f"{PREFIX}{self.id}@{self.version}:{self.digest}"

    def told(self) -> dict[str, str]:
        return {"id": self.id, "version": self.version, "digest": self.digest}

    def is_(self, active: ActivePack | None) -> bool:
        return active is not None and (active.name, active.digest) == (self.name, self.digest)


class ActivationWork(ScreeningWork, Protocol):
    """A transaction in which two people can agree on a pack."""

    @property
    def consents(self) -> ConsentStore: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PackView:
    """What is in force, and what waits for a second person."""

    active: ActivePack | None
    waiting: tuple[tuple[PackIdentity, Consent], ...]


class FoundPack:
    """The pack that a site starts with. Only while none is in force; it names no people."""

    def __init__(self, runs: Runs[ScreeningWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, pack: PackIdentity) -> ActivePack:
        """The pack in force, which is another one where the site had one already."""

        def fn(work: ScreeningWork) -> ActivePack:
            active = work.screening.active_pack(site, changes=True)
            if active is not None:
                return active
            return _put(work, site, pack, FOUNDING, FOUNDER)

        return self._runs.run(fn)


class ActivatePack:
    """The first call waits for a second person, who asks for exactly the same."""

    def __init__(self, runs: Runs[ActivationWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, by: Actor, pack: PackIdentity, reason: str) -> ActivePack | None:
        """The pack now in force, or None: it waits for a second. Raises Forbidden, Conflict
        (in force already) or Refusal (no reason, or the same person twice)."""
        require(by, Permission.PACK_ACTIVATE, site)
        check_reason(reason)

        def fn(work: ActivationWork) -> ActivePack | None:
            if pack.is_(work.screening.active_pack(site, changes=True)):
                raise Conflict("this pack is in force already")
            first = agree(work, site, pack.key, by, reason)
            if first is None:
                return None
            work.consents.drop(site, PREFIX)
            return _put(work, site, pack, (first.by, by.id), by.id, org=by.organisation)

        return self._runs.run(fn)


class ReadPacks:
    """Which pack is in force (the house asks), and what waits for a second person (staff)."""

    def __init__(self, runs: Runs[ActivationWork]) -> None:
        self._runs = runs

    def in_force(self, site: Site) -> ActivePack | None:
        return self._runs.read(lambda work: work.screening.active_pack(site))

    def __call__(self, site: Site, by: Actor) -> PackView:
        """Raises Forbidden."""
        require(by, Permission.CASE_READ, site)

        def fn(work: ActivationWork) -> PackView:
            since = Millis(work.now() - CONSENT_LENGTH)
            asked = work.consents.waiting(site, PREFIX, since, WAITING_MAX)
            return PackView(
                active=work.screening.active_pack(site),
                waiting=tuple((_read_key(consent.what), consent) for consent in asked),
            )

        return self._runs.read(fn)


def check_in_force(pack: PackIdentity, active: ActivePack | None) -> None:
    """Raises Refusal where nobody put this pack in force: nothing may be judged under it."""
    if active is None or pack.is_(active):
        return
    raise Refusal(
        f"the rule pack {_short(pack)} is not in force: {_short(active)} is. Two people with the "
        "permission pack:activate put it in force, on the console's page Rules or each with "
        "`answerable pack activate FOLDER --login NAME`; or let ANSWERABLE_PACK name the pack in "
        "force again. Nothing was changed, and nothing is lost",
        wanted=pack.digest,
        in_force=active.digest,
    )


def _short(pack: PackIdentity | ActivePack) -> str:
    return f"{pack.name} ({pack.digest[:8]})"


def _read_key(what: str) -> PackIdentity:
    name, _, digest = what.removeprefix(PREFIX).rpartition(":")
    pack, _, version = name.partition("@")
    return PackIdentity(pack, version, digest)


def _put(
    work: ScreeningWork,
    site: Site,
    pack: PackIdentity,
    approvers: tuple[str, ...],
    actor: ActorId,
    *,
    org: str = HOUSE_ORG,
) -> ActivePack:
    active = ActivePack(digest=pack.digest, name=pack.name, since=work.now())
    work.screening.put_active_pack(site, active)
    work.record(
        PackActivated(
            **event_header(site, work.screening.site_subject(site), actor, work.now(), org=org),
            pack=pack.told(),
            approvers=list(approvers),
        )
    )
    return active
