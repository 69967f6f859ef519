"""Who comes into the console, and how: log-in, permissions, the form's key, headers, assets."""

import re
from pathlib import Path

import pytest
from tests.unit.console_room import PASSWORD, Room, plain, room

from answerable.access.model import PERMISSIONS, Permission
from answerable.apps.console.wiring import DOORS, OPEN_TO_ALL, Door
from answerable.apps.public.assets import load_assets

pytestmark = pytest.mark.slow  # a whole house with its database for each test


def path_of(door: Door, case: str = "none") -> str:
    return re.sub(r"\{[a-z0-9]+\}", "none", door.path.replace("{case}", case))


def test_every_door_names_its_permission() -> None:
    assert all(door.needs for door in DOORS)
    assert not {door.path for door in DOORS} & set(OPEN_TO_ALL)


def test_nobody_comes_in_without_a_log_in(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        stranger = r.stranger()
        for door in DOORS:
            answer = stranger.request(door.method, path_of(door))
            assert answer.status_code == 303, door
            assert answer.headers["location"].startswith("/console/login"), door
        assert "Log in" in stranger.get("/console/login").text
        stranger.cookies.set("answerable_session", "no such token", path="/console")
        assert stranger.get("/console").status_code == 303


@pytest.mark.parametrize("login", ["ana", "cleo", "dora", "edda"])
def test_a_door_opens_to_whoever_has_all_its_permissions(tmp_path: Path, login: str) -> None:
    """Forbidden or not, judged from the roles alone. (Not found is past the door.)"""
    with room(tmp_path) as r:
        browser = r.browser(login)
        role = {"ana": "reviewer", "cleo": "senior", "dora": "auditor", "edda": "admin"}[login]
        held = next(p for name, p in PERMISSIONS.items() if name.value == role)
        key = browser.key()
        for door in DOORS:
            answer = browser.client.request(
                door.method,
                path_of(door),
                data={"form_key": key} if door.method == "POST" else None,
            )
            allowed = set(door.needs) <= held
            assert (answer.status_code != 403) == allowed, (door, answer.status_code)
            if not allowed:
                assert "this needs the permission" in plain(answer.text)


def test_a_wrong_password_and_an_unknown_name_look_alike(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        client = r.stranger()
        pages = [
            client.post("/console/login", data={"login": login, "password": "not this one"})
            for login in ("ana", "nobody")
        ]
        assert [page.status_code for page in pages] == [401, 401]
        assert pages[0].text.replace('"ana"', '"nobody"') == pages[1].text
        assert "name or password is wrong" in plain(pages[0].text)
        assert 'role="alert"' in pages[0].text
        for _ in range(5):
            last = client.post("/console/login", data={"login": "ben", "password": "x"})
        assert last.status_code == 401
        right = client.post("/console/login", data={"login": "ben", "password": PASSWORD})
        assert right.status_code == 429
        assert "too many tries" in plain(right.text)


def test_the_cookie_is_ours_alone(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        answer = r.stranger().post("/console/login", data={"login": "ana", "password": PASSWORD})
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert "path=/console" in cookie
        assert "secure" not in cookie  # http on loopback
        assert answer.headers["cache-control"] == "no-store"
    with room(tmp_path / "tls", public_url="https://ads.example.com") as r:
        answer = r.stranger().post("/console/login", data={"login": "ana", "password": PASSWORD})
        assert "secure" in answer.headers["set-cookie"].lower()


@pytest.mark.parametrize(
    ("after", "goes"),
    [
        ("/console/ads?id=bike", "/console/ads?id=bike"),
        ("https://elsewhere.example.com/", "/console"),
        ("//elsewhere.example.com/console", "/console"),
        ("/console/../../x\r\nSet-Cookie: a=b", "/console"),
        ("/consolex", "/console"),
        ("/console/login?next=/console/login", "/console"),
        ("", "/console"),
    ],
)
def test_after_the_log_in_one_stays_in_the_console(tmp_path: Path, after: str, goes: str) -> None:
    with room(tmp_path) as r:
        answer = r.stranger().post(
            "/console/login", data={"login": "ana", "password": PASSWORD, "next": after}
        )
        assert answer.headers["location"] == goes


def test_an_admin_starts_where_an_admin_may_be(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        browser = r.browser("edda")
        assert browser.start == "/console/health"
        page = browser.get("/console/health")
        assert "/console/ads" not in page
        assert "case:read" in plain(browser.get("/console", 403))


def test_a_form_without_the_key_of_its_session_does_nothing(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        ad = r.ad("bike-1", {"title": "Red bike, bluelantern"})
        case = r.case_of(ad)
        ana, ben = r.browser("ana"), r.browser("ben")
        for door in DOORS:
            if door.method != "POST":
                continue
            path = path_of(door, case.id).replace("/ads/none", f"/ads/{ad}")
            for key in ({}, {"form_key": "0" * 64}, {"form_key": ben.key()}):
                fields = {"kind": "report", "ads": ad, "no_basis": "1", "reason": "x", **key}
                answer = ana.client.post(path, data=fields)
                assert answer.status_code == 403, (path, answer.status_code)
        fields = {"kind": "remove", "ads": ad, "reason": "x", "form_key": ana.key()}
        elsewhere = {"Sec-Fetch-Site": "cross-site"}
        path = f"/console/cases/{case.id}/decide"
        assert ana.client.post(path, data=fields, headers=elsewhere).status_code == 403
        assert r.case(case.id) == case


def test_a_log_out_ends_the_session_itself(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        ana = r.browser()
        token = ana.client.cookies["answerable_session"]
        assert ana.client.post("/console/logout", data={"form_key": "no"}).status_code == 403
        ana.get("/console")
        assert ana.post("/console/logout").headers["location"].startswith("/console/login")
        thief = r.stranger()
        thief.cookies.set("answerable_session", token, path="/console")
        assert thief.get("/console").status_code == 303
        assert r.stranger().post("/console/logout").status_code == 303


def test_a_session_ends_by_itself(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        ana = r.browser()
        r.time.pass_(10 * 3_600_000 - 1)
        ana.get("/console")
        r.time.pass_(1)
        assert ana.client.get("/console").status_code == 303


def test_every_page_is_closed_to_scripts_frames_and_caches(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        ad = r.ad("bike-1", {"title": "Red bike, bluelantern"})
        ana = r.browser()
        pages = ["/console", "/console/ads", f"/console/ads/{ad}", "/console/reports"]
        pages += ["/console/health", f"/console/cases/{r.case_of(ad).id}", "/console/login"]
        pages += [f"/console/cases/{r.case_of(ad).id}/preview", "/console/cases/none"]
        for path in pages:
            answer = ana.client.get(path)
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "script-src 'self'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert not re.search(r"<(style|script)>|\sstyle=|\son[a-z]+=", answer.text)
            assert re.findall(r'(?:src|href|action)="(?!/|#)', answer.text) == []
            assert "<strong>TEST</strong>" in answer.text
            assert ">main</" in answer.text


def test_a_real_site_has_no_test_banner_and_says_which_it_is(tmp_path: Path) -> None:
    with room(tmp_path, synthetic=False) as r:
        for page in (r.browser().get("/console"), r.stranger().get("/").text):
            assert "TEST" not in page
            assert ">main</" in page


def test_what_is_too_large_or_no_form_is_refused(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        ana, path = r.browser(), "/console/cases/none/decide"
        big = ana.client.post(path, data={"form_key": ana.key(), "reason": "x" * 600_000})
        assert big.status_code == 422
        assert ana.client.post(path, content=b"\xff\xfe=1").status_code == 422
        many = "&".join("a=1" for _ in range(5_000)).encode()
        assert ana.client.post(path, content=many).status_code == 422


def test_an_outage_is_said_and_nothing_of_a_breach(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        ana = r.browser()
        key = ana.key()
        r.house.store.close()
        answer = ana.client.post("/console/ads/none/recheck", data={"form_key": key})
        assert answer.status_code == 503
        assert "Nothing was changed" in plain(answer.text)


def test_assets_never_change_under_their_name(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        client = r.stranger()
        for asset in load_assets().values():
            answer = client.get(asset.url)
            assert answer.content == asset.content
            assert "immutable" in answer.headers["cache-control"]
            assert client.get(f"/static/{'0' * 16}/{asset.name}").status_code == 404
        assert client.get("/static/0000/../../wiring.py").status_code == 404
    sheet = load_assets()["answerable.css"].content.decode()
    assert "url(" not in sheet
    assert "@import" not in sheet


def test_a_blocked_person_is_out_at_once(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        ana = r.browser()
        block(r, "ana")
        assert ana.client.get("/console").status_code == 303


def block(r: Room, login: str) -> None:
    from answerable.access.service import BlockStaff
    from answerable.apps.founding import founder

    staff = r.house.store.read(lambda w: w.access.by_login(r.house.site, login))
    assert staff is not None
    BlockStaff(r.house.store)(r.house.site, founder(r.house), staff.id)


def test_permissions_are_the_only_way_in() -> None:
    """A role that gets a new permission opens no door by it alone: each door names all it shows."""
    case_page = next(d for d in DOORS if d.path == "/console/cases/{case}")
    assert {Permission.AD_READ, Permission.ALERT_READ} <= set(case_page.needs)
