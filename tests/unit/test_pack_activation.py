"""A rule pack is put in force by two people who ask for the very same, and nothing else starts.

The law first, on both databases and against a plain model; then the house, its console and its
command, with packs in folders.
"""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.databases import SITE, HandTime
from tests.installation import free_ports
from tests.unit.case_room import ANA, SAM, SUE, of_org, packs_put_in_force, staff
from tests.unit.console_room import PASSWORD, Room, founded, plain, room
from typer.testing import CliRunner

from answerable.access.consent import CONSENT_LENGTH
from answerable.access.model import Forbidden, Role
from answerable.adapters.sql.runner import Store
from answerable.apps import doctor
from answerable.apps.cli.__main__ import app
from answerable.apps.founding import make_home
from answerable.apps.home import Home
from answerable.apps.ingest import ingest
from answerable.apps.settings import Settings
from answerable.apps.up import supervise
from answerable.apps.wiring import House, open_house
from answerable.kernel.errors import Conflict, Refusal
from answerable.kernel.ids import Site
from answerable.kernel.sealed import Sealed
from answerable.screening import packs
from answerable.screening.activation import ActivatePack, FoundPack, PackIdentity, ReadPacks

pytestmark = pytest.mark.slow  # whole houses with their databases

PACKS = (
    PackIdentity("demo", "1.0.0", "a" * 64),
    PackIdentity("demo", "1.0.1", "a" * 64),  # the same files under another number: another one
    PackIdentity("demo", "1.0.0", "b" * 64),
)
PEOPLE = (SAM, SUE, of_org(staff("val", Role.SENIOR), "vendor"))


@pytest.fixture
def time() -> HandTime:
    return HandTime()


@pytest.fixture
def store(make_store: Callable[..., Store], time: HandTime) -> Store:
    return make_store({}, time)


ASK = st.tuples(
    st.sampled_from(PEOPLE), st.sampled_from(PACKS), st.sampled_from((0, 1, CONSENT_LENGTH))
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(asks=st.lists(ASK, max_size=12))
def test_only_two_people_who_ask_for_the_very_same_change_it(
    store: Store, time: HandTime, asks: list[Any]
) -> None:
    """Against a model of two lines: what is in force, and who asked for what when."""
    time.pass_(CONSENT_LENGTH)  # what an earlier example asked for is forgotten
    held = FoundPack(store)(SITE, PACKS[0])
    force = next(pack for pack in PACKS if pack.is_(held))
    waiting: dict[PackIdentity, tuple[Any, int]] = {}
    put = len(packs_put_in_force(store))
    activate, read = ActivatePack(store), ReadPacks(store)
    for who, pack, pause in asks:
        time.pass_(pause)
        alive = {p: w for p, w in waiting.items() if time.now() - w[1] < CONSENT_LENGTH}
        if pack == force:
            with pytest.raises(Conflict):
                activate(SITE, who, pack, "why")
        elif pack not in alive:
            assert activate(SITE, who, pack, "why") is None
            alive[pack] = (who, time.now())
        elif alive[pack][0] == who:
            with pytest.raises(Refusal, match="another person"):
                activate(SITE, who, pack, "why")
        else:
            first = alive[pack][0]
            assert pack.is_(activate(SITE, who, pack, "why"))
            force, alive, put = pack, {}, put + 1
            event = packs_put_in_force(store)[-1]
            assert (event.approvers, event.pack) == ([first.id, who.id], pack.told())
            assert event.org == who.organisation
        waiting = alive
        view = read(SITE, ANA)
        assert force.is_(view.active)
        assert {(p, one.by) for p, one in view.waiting} == {
            (p, w[0].id) for p, w in waiting.items()
        }
    assert len(packs_put_in_force(store)) == put


def test_it_takes_the_permission_a_reason_and_a_name_that_a_pack_can_have(store: Store) -> None:
    activate = ActivatePack(store)
    with pytest.raises(Forbidden, match="pack:activate"):
        activate(SITE, ANA, PACKS[0], "why")
    with pytest.raises(Forbidden, match="another site"):
        activate(SITE, replace(SAM, site=Site("other")), PACKS[0], "why")
    with pytest.raises(Refusal, match="say why"):
        activate(SITE, SAM, PACKS[0], " ")
    with pytest.raises(Forbidden):
        ReadPacks(store)(SITE, staff("edda", Role.ADMIN))
    for odd in (("De mo", "1.0.0", "a" * 64), ("demo", "1", "a" * 64), ("demo", "1.0.0", "A" * 64)):
        with pytest.raises(Refusal, match="a pack's"):
            PackIdentity(*odd)
    with pytest.raises(Refusal, match="semantic"):
        PackIdentity("demo", f"1.0.{'9' * 100}", "a" * 64)


def test_a_founding_needs_a_site_without_a_pack(store: Store) -> None:
    activate = ActivatePack(store)
    for who in (SAM, SUE):
        activate(SITE, who, PACKS[2], "from the start")
    assert PACKS[2].is_(FoundPack(store)(SITE, PACKS[0])), "people came first"
    assert len(packs_put_in_force(store)) == 1


# The house


def changed_pack(folder: Path) -> Path:
    """The shipped pack with another title: another digest, and so another pack."""
    made = folder / "my-pack"
    shutil.copytree(Path(packs.__file__).parent / "shipped" / "demo", made)
    head = (made / "pack.toml").read_text("utf-8")
    head = "\n".join(
        'title = "Ours"' if line.startswith("title") else line for line in head.splitlines()
    )
    (made / "pack.toml").write_text(head + "\n", "utf-8")
    return made


@pytest.fixture
def before(tmp_path: Path) -> Settings:
    return founded(tmp_path, synthetic=True)


@pytest.fixture
def after(before: Settings, tmp_path: Path) -> Settings:
    """The same home, told to read a pack that nobody activated."""
    _, receiver, port = free_ports(3)
    told = {"pack": changed_pack(tmp_path), "port": port, "receiver_port": receiver}
    return before.model_copy(update=told)


def agree(settings: Settings, pack: PackIdentity) -> None:
    house = open_house(settings)
    for login in ("cleo", "finn"):
        by = house.log_in(house.site, login, sealed()).actor
        house.activate_pack(house.site, by, pack, "read it")
    house.close()


def sealed() -> Sealed[str]:
    return Sealed(PASSWORD, label="test password")


def loaded(settings: Settings) -> PackIdentity:
    house: House = open_house(settings)
    house.close()
    return house.pack


def test_nothing_starts_under_a_pack_that_nobody_activated(
    before: Settings, after: Settings
) -> None:
    for start in (
        lambda: make_home(after, synthetic=True),
        lambda: make_home(after, synthetic=True, checked=loaded(before).digest),
        lambda: supervise(after, Home(after.home), example_site=False, once_up=lambda _: None),
    ):
        with pytest.raises(Refusal, match="not in force") as said:
            start()
        assert "answerable pack activate FOLDER" in said.value.reason
        assert "page Rules" in said.value.reason
    make_home(before, synthetic=True).close()
    agree(before, loaded(after))
    make_home(after, synthetic=True).close()
    with pytest.raises(Refusal, match="not in force"):
        make_home(before, synthetic=True)


def test_a_child_that_died_is_started_again_under_the_pack_that_up_began_with(
    before: Settings, after: Settings
) -> None:
    agree(before, loaded(after))
    make_home(before, synthetic=True, checked=loaded(before).digest).close()


def test_ads_of_a_file_are_not_judged_under_it_either(after: Settings, tmp_path: Path) -> None:
    ads = tmp_path / "ads.csv"
    ads.write_text("id,body\n1,A red bike\n", "utf-8")
    house = open_house(after)
    with pytest.raises(Refusal, match="not in force"):
        ingest(
            house,
            ads,
            {"id": "id", "body": "body"},
            encoding="utf-8",
            backfill=False,
            progress=lambda *_: None,
        )
    assert any("not the rule pack in force" in line for line in doctor.lines(house))
    house.close()


def test_two_log_ins_activate_a_folder(before: Settings, after: Settings) -> None:
    folder = str(after.pack)

    def command(*words: str) -> str:
        answer = CliRunner().invoke(app, ["pack", *words], input=f"{PASSWORD}\n")
        if answer.exception is not None:
            raise answer.exception
        return answer.stdout

    def activate(login: str) -> str:
        told = ("--home", str(before.home), "--login", login, "--reason", "read it")
        return command("activate", folder, *told)

    wanted = loaded(after)
    assert f"digest   {wanted.digest}" in command("show", folder)
    with pytest.raises(Forbidden):
        activate("ana")
    assert "waits for a second person" in activate("cleo")
    with pytest.raises(Refusal, match="another person"):
        activate("cleo")
    assert "is in force" in activate("finn")
    make_home(after, synthetic=True).close()
    assert f"digest   {loaded(before).digest}" in command("show"), "the demonstration pack"


# The console


def test_two_people_activate_on_the_page_and_it_says_what_runs(tmp_path: Path) -> None:
    wanted = {"id": "ours", "version": "2.0.0", "digest": "c" * 64, "reason": "new <words>"}
    with room(tmp_path) as r:
        cleo, finn = r.browser("cleo"), r.browser("finn")
        page = plain(cleo.get("/console/rules"))
        assert f"In force: {r.house.pack.name}, since" in page
        assert "Ads are still read under" not in page
        assert refused(r, {**wanted, "digest": "c"}) == "64 hexadecimal digits"
        answer = cleo.post("/console/rules/pack", wanted)
        assert answer.headers["location"] == "/console/rules?said=pack-waits"
        page = cleo.get("/console/rules")
        assert "new &lt;words&gt;" in page
        assert "The second person is another person" in plain(page)
        again = cleo.post("/console/rules/pack", wanted, 422).text
        assert again.count("new &lt;words&gt;</textarea>") == 1, "what was typed stays, there only"
        page = plain(r.browser("dora").get("/console/rules"))
        assert "Cleo" in page
        assert "Ask for another pack" not in page
        assert "Agree: put it in force" in plain(finn.get("/console/rules"))
        answer = finn.post("/console/rules/pack", wanted)
        assert answer.headers["location"] == "/console/rules?said=pack-active"
        page = plain(finn.get("/console/rules?said=pack-active"))
        assert "In force: ours 2.0.0, since" in page
        assert f"Ads are still read under {r.house.pack.name}" in page
        finn.post("/console/rules/pack", wanted, 409)
        r.browser("ana").post("/console/rules/pack", wanted, 403)
        r.browser("edda").post("/console/rules/pack", wanted, 403)


def refused(r: Room, fields: dict[str, str]) -> str:
    page = plain(r.browser("cleo").post("/console/rules/pack", fields, 422).text)
    return "64 hexadecimal digits" if "64 hexadecimal digits" in page else page
