"""Founding: make a home, bring its database to the present schema, and enter its site once."""

from sqlalchemy import select

from answerable.access.decide import system_actor
from answerable.access.model import Actor
from answerable.adapters.clock import SystemIds, SystemTime
from answerable.adapters.signing.files import create_private
from answerable.adapters.signing.keys import ensure_app_keys
from answerable.adapters.sql import core
from answerable.adapters.sql.base import insert_once
from answerable.adapters.sql.engine import open_engine, sqlite_url
from answerable.adapters.sql.schema import migrate
from answerable.adapters.sql.vault import create_master
from answerable.adapters.sql.work import SqlWork
from answerable.apps.home import Home, HomeFacts
from answerable.apps.settings import Settings
from answerable.apps.wiring import House, open_house
from answerable.events.event import event_header
from answerable.events.house import SiteCreated
from answerable.kernel.errors import Refusal, SafetyError
from answerable.kernel.ids import ActorId, SubjectId
from answerable.kernel.time import TimeSource, to_datetime
from answerable.screening.activation import FoundPack, check_in_force


def make_home(
    settings: Settings, *, synthetic: bool, time: TimeSource | None = None, checked: str = ""
) -> House:
    """The home with its site, open. Safe to repeat; a home's facts never change.

    Raises Refusal where the home was founded for another site, or with another mark: whether a
    site is synthetic is said at its creation or never. Also where the pack is not in force:
    only a site without one is given its pack here. `checked` is the digest of the pack that
    `up` found in force when it started: a child of it that died is started again under that
    pack, also when two people have put another in force meanwhile.
    """
    home = Home(settings.home.resolve())
    year = to_datetime((time or SystemTime()).now()).year
    wanted = HomeFacts(
        site=settings.site,
        origin=f"{settings.log_host}/{settings.site}/{year}",
        synthetic=synthetic,
    )
    home.make(wanted, lambda: _make_keys(home, wanted))
    if home.facts().synthetic != synthetic:
        raise Refusal(f"{home.root} was founded with synthetic={home.facts().synthetic}, for good")
    engine = open_engine(settings.database or sqlite_url(home.database))
    migrate(engine)
    engine.dispose()
    house = open_house(settings, time=time)
    house.store.run(lambda work: _enter_site(work, house))
    try:
        active = FoundPack(house.store)(house.site, house.pack)
        if house.pack.digest != checked:
            check_in_force(house.pack, active)
    except SafetyError:
        house.close()
        raise
    return house


def _make_keys(home: Home, facts: HomeFacts) -> None:
    """Every key of the app, once. The log's own key is made by the signer, in its own folder."""
    secret = SystemIds().secret
    create_master(home.master_key)
    create_private(home.lookup_key, secret())
    ensure_app_keys(home.keys, facts.origin, secret)


def _enter_site(work: SqlWork, house: House) -> None:
    known = work.conn.execute(select(core.site.c.site).where(core.site.c.site == house.site))
    if known.first() is not None:
        return
    subject = SubjectId(SystemIds().new())
    insert_once(
        work.conn,
        core.site,
        {
            "site": house.site,
            "name": house.facts.site,
            "subject": subject,
            "origin": house.facts.origin,
            "synthetic": house.facts.synthetic,
            "created": work.now(),
        },
    )
    work.record(
        SiteCreated(
            **event_header(house.site, subject, ActorId("system:init"), work.now()),
            name=house.facts.site,
            synthetic=house.facts.synthetic,
        )
    )


def founder(house: House) -> Actor:
    """The house acting for itself at the command line: who has the home's files is its admin."""
    return system_actor(house.site, "cli")
