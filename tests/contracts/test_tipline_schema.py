"""NCMEC's own schema, fetched, kept, compared and tried: against the receiver's `/xsd` over HTTP.

The receiver writes its schema from tables that share nothing with ours. The official file (never
shipped) is read from the shared data; a loud skip where that is absent.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from answerable.adapters.clock import SystemTime
from answerable.adapters.cybertipline.client import TiplineClient
from answerable.apps.cli.__main__ import app
from answerable.apps.home import Home, HomeFacts
from answerable.apps.receiver import ReceiverSettings, started_receiver
from answerable.apps.receiver.serve import RunningReceiver
from answerable.apps.receiver.values import Profile as ReceiverProfile
from answerable.apps.tipline_schema import OLD_MS, SchemaShelf, needs_a_hand, objections
from answerable.kernel.errors import Breach, Refusal
from answerable.kernel.time import Millis
from answerable.reports.document.differences import differences, own_outline
from answerable.reports.document.outline import outline
from answerable.reports.document.values import Profile
from answerable.reports.tipline import TiplineRefused

BOTH = {Profile.NOV_2025: ReceiverProfile.NOV_2025, Profile.NEWER: ReceiverProfile.NEWER}
ADDED = {
    "report/incidentSummary/reportAnnotations/informational",
    "report/reporter/reportingPerson/ageAssertionDiscrepancy",
    "report/personOrUserReported/personOrUserReportedPerson/ageAssertionDiscrepancy",
    "report/personOrUserReported/associatedAccount/ageAssertionDiscrepancy",
    "report/intendedRecipient/intendedRecipientPerson/ageAssertionDiscrepancy",
    "report/victim/victimPerson/ageAssertionDiscrepancy",
    "report/victim/associatedAccount/ageAssertionDiscrepancy",
}


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[RunningReceiver]:
    settings = ReceiverSettings(port=0, db_path=tmp_path / "receiver.sqlite3")
    with started_receiver(settings, SystemTime()) as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, receiver: RunningReceiver, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home that reports to the receiver; nothing of it but its facts is needed here."""
    monkeypatch.setenv("ANSWERABLE_TIPLINE_URL", receiver.base_url)
    made = Home(tmp_path / "home")
    made.make(HomeFacts(site="main", origin="localhost/main/2026", synthetic=True), lambda: None)
    return made


def run(home: Home, *more: str) -> Result:
    return CliRunner().invoke(app, ["reports", "xsd", "--home", str(home.root), *more])


def fetched(receiver: RunningReceiver, password: str = "test") -> bytes:
    with TiplineClient(base_url=receiver.base_url, username="test", password=password) as tipline:
        return tipline.xsd().xsd


# ---- our table, the receiver's and the official one say the same --------------------------------


@pytest.mark.parametrize("profile", Profile)
def test_our_schema_and_the_receivers_say_the_same(
    receiver: RunningReceiver, profile: Profile
) -> None:
    receiver.switchboard.turn(profile=BOTH[profile])
    xsd = fetched(receiver)
    assert differences(own_outline(profile), outline(xsd)) == ()
    assert objections(xsd, profile) == ()


def test_our_schema_and_the_official_one_say_the_same(shared_path: Callable[[str], Path]) -> None:
    xsd = shared_path("data/cybertipline-2025-11.xsd").read_bytes()
    assert differences(own_outline(Profile.NOV_2025), outline(xsd)) == ()
    assert objections(xsd, Profile.NOV_2025) == ()
    refused = {one.document for one in objections(xsd, Profile.NEWER)}
    assert refused == {f"report that says everything, {n}" for n in range(1, 9)}


def test_the_editions_differ_in_what_was_documented_since(receiver: RunningReceiver) -> None:
    before = outline(fetched(receiver))
    receiver.switchboard.turn(profile=ReceiverProfile.NEWER)
    found = differences(before, outline(fetched(receiver)))
    assert {one.path for one in found} == ADDED
    assert {one.what for one in found} == {"added"}


# ---- the command --------------------------------------------------------------------------------


def test_without_a_copy_it_says_that_there_is_none(home: Home) -> None:
    answer = run(home)
    assert answer.exit_code == 3
    assert "--refresh" in answer.stdout
    assert not home.tipline_schema.exists()


def test_what_is_fetched_is_kept_with_digest_and_time(home: Home) -> None:
    first = run(home, "--refresh")
    assert first.exit_code == 0, first.output
    assert first.stdout.startswith("fetched: kept\n")
    assert "tipline call answered" in first.stderr
    assert "nothing other than the 2025-11 schema" in first.stdout
    again = run(home, "--refresh", "--check")
    assert again.exit_code == 0, again.output
    assert "fetched: the same as the copy before" in again.stdout
    assert "it takes every sample" in again.stdout
    (copy,) = SchemaShelf(home.tipline_schema).copies()
    assert copy.last >= copy.first
    shown = run(home)
    assert shown.exit_code == 0
    assert copy.sha256 in shown.stdout
    assert copy.source in shown.stdout
    assert (home.tipline_schema / f"{copy.sha256}.xsd").stat().st_mode & 0o077 == 0


def test_what_changed_is_said_against_the_last_copy_and_against_ours(
    home: Home, receiver: RunningReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(home, "--refresh").exit_code == 0
    receiver.switchboard.turn(profile=ReceiverProfile.NEWER)
    answer = run(home, "--refresh", "--check")
    assert answer.exit_code == 1
    assert answer.stdout.count("+ report/victim/victimPerson/ageAssertionDiscrepancy") == 2
    assert "7 other since the copy of" in answer.stdout
    assert "7 other than the 2025-11 schema" in answer.stdout
    assert "it takes every sample" in answer.stdout  # what is new there, we need not say
    monkeypatch.setenv("ANSWERABLE_TIPLINE_PROFILE", "newer")
    assert run(home).exit_code == 0
    receiver.switchboard.turn(profile=ReceiverProfile.NOV_2025)
    refused = run(home, "--refresh", "--check")
    assert refused.exit_code == 1
    assert refused.stdout.count("refused: report that says everything") == 8


def test_a_profile_that_is_none_is_wrong_usage(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSWERABLE_TIPLINE_PROFILE", "2031")
    answer = run(home)
    assert answer.exit_code == 2  # a usage error; main() makes it 64
    assert "ANSWERABLE_TIPLINE_PROFILE" in answer.output


def test_a_far_side_that_has_no_schema_leaves_the_copy_as_it_is(
    home: Home, receiver: RunningReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(home, "--refresh").exit_code == 0
    kept = SchemaShelf(home.tipline_schema).copies()
    monkeypatch.setenv("ANSWERABLE_TIPLINE_PASSWORD", "wrong")
    assert isinstance(run(home, "--refresh").exception, TiplineRefused)
    assert SchemaShelf(home.tipline_schema).copies() == kept
    with pytest.raises(TiplineRefused):
        fetched(receiver, "wrong")


# ---- the shelf ----------------------------------------------------------------------------------

NOW = Millis(1_790_000_000_000)
LATER = Millis(NOW + OLD_MS + 1)


def test_editions_come_and_go_and_come_back(tmp_path: Path, receiver: RunningReceiver) -> None:
    shelf = SchemaShelf(tmp_path / "shelf")
    old = fetched(receiver)
    receiver.switchboard.turn(profile=ReceiverProfile.NEWER)
    new = fetched(receiver)
    for at, xsd in ((1, old), (2, new), (3, new), (4, old)):
        shelf.keep(xsd, "https://example.com/ispws", Millis(at))
    told = [(one.first, one.last, shelf.xsd(one) == old) for one in shelf.copies()]
    assert told == [(1, 1, True), (2, 3, False), (4, 4, True)]


def test_a_copy_that_was_altered_or_lost_is_a_breach(tmp_path: Path) -> None:
    shelf = SchemaShelf(tmp_path / "shelf")
    copy = shelf.keep(b'<s:schema xmlns:s="http://www.w3.org/2001/XMLSchema"/>', "x", NOW)
    file = tmp_path / "shelf" / f"{copy.sha256}.xsd"
    file.write_bytes(b"<other/>")
    with pytest.raises(Breach, match="altered"):
        shelf.xsd(copy)
    file.unlink()
    with pytest.raises(Breach, match="gone"):
        shelf.xsd(copy)
    (tmp_path / "shelf" / "fetched.json").write_text(json.dumps([{"sha256": "x"}]))
    with pytest.raises(Breach, match="not what was written"):
        shelf.copies()


def test_what_is_no_schema_is_not_kept(tmp_path: Path) -> None:
    shelf = SchemaShelf(tmp_path / "shelf")
    with pytest.raises(Refusal):
        shelf.keep(b"<html/>", "x", NOW)
    assert shelf.copies() == ()


def test_the_doctor_says_what_needs_a_hand(tmp_path: Path, receiver: RunningReceiver) -> None:
    shelf = SchemaShelf(tmp_path / "shelf")

    def lines(profile: Profile, *, real: bool, now: Millis = NOW) -> str:
        return "\n".join(needs_a_hand(shelf, profile, real=real, now=now))

    assert lines(Profile.NOV_2025, real=False) == ""
    assert "never fetched" in lines(Profile.NOV_2025, real=True)
    shelf.keep(fetched(receiver), "x", NOW)
    assert lines(Profile.NOV_2025, real=True) == ""
    assert "30 days ago" in lines(Profile.NOV_2025, real=True, now=LATER)
    assert "refuses 8" in lines(Profile.NEWER, real=True)
    receiver.switchboard.turn(profile=ReceiverProfile.NEWER)
    shelf.keep(fetched(receiver), "x", NOW)
    assert "differs from ours in 7 places" in lines(Profile.NOV_2025, real=True)
    odd = b'<s:schema xmlns:s="http://www.w3.org/2001/XMLSchema"><s:element name="a" type="b"/>'
    shelf.keep(odd + b"</s:schema>", "x", NOW)
    assert "cannot be compared" in lines(Profile.NOV_2025, real=True)
