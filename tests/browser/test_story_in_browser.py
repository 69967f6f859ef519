"""The story in a real browser, by keys and mouse: posted, alerted, decided, reported, verified.

Three ads. One holds the marker word of a withhold rule and never goes up. One goes up, is alerted
with scripts switched off, and is reported. One goes up, is alerted, found to be nothing by two
people, and goes up again.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.browser.demo import DemoInstallation
from tests.browser.people import NOTHING_STORED, STORED, Alerter, Person, Poster, Reviewer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NOTED = "redumbrella"  # the marker word that a rule only notes: the ad goes up
WITHHELD = "bluelantern"
WORRY = "I know the person in this ad. Please look today."


def test_the_story_from_an_ad_to_a_verified_report(
    browser: Any, demo: DemoInstallation, tmp_path: Path
) -> None:
    withheld, noted, plain = three_ads(browser, demo, tmp_path)
    alert_without_scripts(browser, demo, noted, tmp_path)
    poster = Poster(browser, demo)
    poster.wait_for(noted, "not up")
    report_id = report(browser, demo, noted, tmp_path)
    the_receiver_has_it(browser, demo, report_id, tmp_path)
    alert_with_scripts(browser, demo, plain)
    poster.wait_for(plain, "not up")
    two_people_say_no(browser, demo, plain, tmp_path)
    poster.wait_for(plain, "up")
    poster.picture(tmp_path, "mine")
    assert [poster.state(ad) for ad in (withheld, noted, plain)] == ["not up", "not up", "up"]
    poster.leave()
    an_outsider_verifies(demo, tmp_path)


def three_ads(browser: Any, demo: DemoInstallation, album: Path) -> tuple[str, str, str]:
    poster = Poster(browser, demo)
    ads = (
        ("Window cleaning", f"Quick and cheap. {WITHHELD}.", "lantern7"),
        ("Dog walks by the lake", f"Long walks. {NOTED} welcome.", "walker"),
        ("City bike, blue", "Good brakes, new chain.", "mira"),
    )
    names = [poster.post(*ad) for ad in ads]
    for name, state in zip(names, ("not up", "up", "up"), strict=True):
        poster.wait_for(name, state)
    answer = poster.page.goto(f"{demo.example_site}/ads/{names[0]}")
    assert answer.status == 404, "withheld, and so never shown"
    poster.page.goto(f"{demo.example_site}/")
    assert WITHHELD not in poster.text("body")
    assert poster.page.locator("ul.ads a").all_inner_texts() == [ads[2][0], ads[1][0]]
    poster.picture(album, "site")
    poster.leave()
    return names[0], names[1], names[2]


def alert_without_scripts(browser: Any, demo: DemoInstallation, ad: str, album: Path) -> None:
    phone = {"width": 390, "height": 800}
    alerter = Alerter(browser, demo, java_script_enabled=False)
    alerter.page.set_viewport_size(phone)
    alerter.follow_link_of(ad)
    assert alerter.page.title() == "Contact"
    assert NOTED not in alerter.page.content(), "no word of the ad stands on the page"
    alerter.picture(album, "alert")
    words = alerter.tell(WORRY, "knows_child")
    assert len(words.split()) == 5
    alerter.picture(album, "receipt")
    alerter.wait_until_gone(ad)
    told = alerter.look_up(words)
    assert told.splitlines() == ["Received: yes", "Answered within the promise: not due yet"]
    alerter.picture(album, "look-up")
    assert alerter.kept() == []
    alerter.leave()


def alert_with_scripts(browser: Any, demo: DemoInstallation, ad: str) -> None:
    """The same with scripts: nothing is kept either, and Escape leaves no way back."""
    alerter = Alerter(browser, demo)
    alerter.follow_link_of(ad)
    alerter.tell("This looks odd to me.", "other")
    assert alerter.page.evaluate(STORED) == NOTHING_STORED
    assert alerter.kept() == []
    page = alerter.page
    page.goto(f"{demo.base}/alert/lookup")
    page.goto(f"{demo.base}/alert")
    page.keyboard.press("Escape")
    page.wait_for_url("about:blank")
    page.go_back()
    assert page.url == f"{demo.base}/alert/lookup", "what was left is not in the history"
    alerter.leave()


def report(browser: Any, demo: DemoInstallation, ad: str, album: Path) -> str:
    ana = Reviewer(browser, demo)
    ana.log_in("ana")
    ana.picture(album, "queue")
    ana.open_topmost(ad)
    assert ana.page.locator("mark", has_text=NOTED).count() == 1
    assert WORRY in ana.text()
    ana.picture(album, "case")
    ana.read_whole()
    ana.decide(
        "r",
        "The alerter knows the person.",
        basis_alert="",
        basis_other="the marker word of the demonstration",
        urgent="The person may be there tonight.",
    )
    report_id = ana.wait_for_report()
    ana.picture(album, "reported")
    assert "Seen whole by Ana" in ana.text()
    assert "urgent" in ana.text("section[aria-labelledby=decisions]")
    ana.leave()
    with demo.house() as house:
        case = house.store.read(
            lambda work: work.cases.cases_of(house.site, work.ads.find(house.site, ad).id, 1)[0]
        )
        told = house.store.read(lambda work: work.chain_of(house.site, case.subject))
    assert [e.event.full for e in told if e.event.TYPE == "evidence.viewed"] == [True]
    return report_id


def the_receiver_has_it(browser: Any, demo: DemoInstallation, report_id: str, album: Path) -> None:
    clerk = Person(browser, demo)
    clerk.page.goto(f"{demo.receiver}/")
    rows = clerk.page.locator("tbody tr").count()
    assert rows in (1, 2), "exactly one report, and a follow-up if the site answered after it"
    clerk.page.click(f"a[href='/reports/{report_id}']")
    clerk.page.wait_for_url(f"**/reports/{report_id}")
    shown = clerk.text("body")
    clerk.picture(album, "receiver")
    assert shown.startswith("TEST")
    assert clerk.text("dd.finished") == "finished"
    assert "Dog walks by the lake" in shown
    assert NOTED in clerk.text("pre >> nth=0")
    assert WITHHELD not in shown
    assert "The person may be there tonight." in shown
    clerk.leave()


def two_people_say_no(browser: Any, demo: DemoInstallation, ad: str, album: Path) -> None:
    ana, ben = Reviewer(browser, demo), Reviewer(browser, demo)
    ana.log_in("ana")
    ana.open_topmost(ad)
    address = ana.page.url
    ana.decide("n", "Nothing here concerns a child.")
    assert "A proposal waits for a second person" in ana.text()
    assert ana.page.get_by_role("button", name="Agree: no action").count() == 0
    ana.leave()
    ben.log_in("ben")
    assert "for you, if you agree or not" in ben.text()
    ben.page.goto(address)
    assert "Nothing here concerns a child." in ben.text("section[aria-labelledby=proposal]")
    ben.picture(album, "proposal")
    ben.page.get_by_label("Why you agree, in your own words").fill("I see a bike, and no more.")
    ben.page.get_by_role("button", name="Agree: no action").click()
    ben.page.get_by_text("This case is decided").wait_for()
    assert "No action, by Ana and Ben" in ben.text("section[aria-labelledby=decisions]")
    ben.leave()


def an_outsider_verifies(demo: DemoInstallation, folder: Path) -> None:
    bundle = folder / "bundle"
    written = demo.cli("export", str(bundle))
    assert written.returncode == 0, written.stderr
    checked = demo.cli("verify", str(bundle))
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.fixture(autouse=True)
def where(tmp_path: Path) -> Iterator[None]:
    """Says where the pictures are, for whoever looks at a failure."""
    yield
    print(f"pictures: {tmp_path}")
