"""Other people's clients file, withdraw and err against a receiver that runs as a process.

`scripts/clients.sh` installs them beforehand; a client that is not here is a loud skip.
"""

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.contracts.test_receiver_process import process
from tests.unit.receiver_samples import TEST, report, web_page

pytestmark = pytest.mark.slow

WORDS = b"Flat to share, bluelantern\n"
MD5 = hashlib.md5(WORDS).hexdigest()
NO_CODE = 'Response missing required "{}" property'  # all that cybertipline-tools says of a refusal
USUAL = {
    "profile": None,
    "error_status": "200",
    "unauthorised_body": "empty",
    "finish_error_root": "reportResponse",
    "wrong_hash": False,
    "faults": [],
}
Steps = list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Receiver:
    """A receiver of the test's own process, driven by strangers and read by us."""

    http: httpx.Client

    @property
    def base(self) -> str:
        return str(self.http.base_url).rstrip("/") + "/ispws"

    def turn(self, **switches: object) -> None:
        assert self.http.post("/control/switches", json=switches).status_code == 200

    def calls(self) -> list[tuple[str, int]]:
        return [(call["call"], call["code"]) for call in self.http.get("/control/calls").json()]

    def notes(self, call: str) -> list[str]:
        found = self.http.get("/control/calls").json()
        return [one["note"] for one in found if one["call"] == call]

    def finished(self) -> dict[str, list[str]]:
        """Report id to file ids, as the export for reconciliation has them."""
        lines = self.http.get("/export/finished.jsonl", auth=TEST).text.splitlines()
        return {one["report_id"]: one["file_ids"] for one in map(json.loads, lines)}

    def page(self, report_id: object) -> str:
        return self.http.get(f"/reports/{report_id}").text


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    db_path = tmp_path_factory.mktemp("receiver") / "receiver.sqlite3"
    with process(db_path, "--control") as (_, caller):
        assert isinstance(caller.client, httpx.Client)
        yield caller.client


@pytest.fixture
def receiver(running: httpx.Client) -> Iterator[Receiver]:
    """The one process, with its switches as at the start; each test looks at its own calls."""
    receiver = Receiver(http=running)
    yield receiver
    receiver.turn(**USUAL)


def run(*command: object) -> str:
    """A stranger's program, with nothing of our own paths in its environment."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        timeout=60,
        env=env | {"NO_PROXY": "*", "no_proxy": "*"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@dataclass(frozen=True, kw_only=True)
class Stranger:
    """A client with its driver. `calls` is what the receiver answered during the last run."""

    command: tuple[object, ...]
    receiver: Receiver

    def does(self, plan: str) -> tuple[Steps, list[tuple[str, int]]]:
        """What its calls came to by its own account, and by the receiver's."""
        before = len(self.receiver.calls())
        steps: Steps = json.loads(run(*self.command, self.receiver.base, plan))
        return steps, self.receiver.calls()[before:]


@pytest.fixture
def node(receiver: Receiver, project: Path) -> Stranger:
    folder = project / ".make" / "clients" / "node"
    if not (folder / "made-from").exists():
        pytest.skip("cybertipline-tools is not here: scripts/clients.sh")
    driver = project / "tests" / "contracts" / "clients" / "cybertipline_tools.mjs"
    return Stranger(command=("node", driver, folder), receiver=receiver)


@pytest.fixture
def python(receiver: Receiver, project: Path) -> Stranger:
    folder = project / ".make" / "clients" / "python"
    if not (folder / "made-from").exists():
        pytest.skip("ncmec-cybertip is not here: scripts/clients.sh")
    driver = project / "tests" / "contracts" / "clients" / "ncmec_cybertip_driver.py"
    return Stranger(command=(folder / "bin" / "python", "-B", driver), receiver=receiver)


# cybertipline-tools, from npm


def test_cybertipline_tools_files_a_report(node: Stranger) -> None:
    """A content type that is no XML's is taken, and remarked on."""
    steps, calls = node.does("filed")
    assert calls == [
        ("status", 0), ("submit", 0), ("upload", 0), ("fileinfo", 0), ("finish", 0),
        ("retract", 5102),
    ]  # fmt: skip
    _, opened, held, noted, done, late = [step["data"] for step in steps]
    assert held["hash"] == MD5
    assert noted["fileId"] == held["fileId"]
    assert done["files"] == {"fileId": held["fileId"]}
    assert late["responseCode"] == 5102
    assert all(step["requestId"] not in ("", "unknown") for step in steps)
    assert node.receiver.finished()[str(opened["reportId"])] == [held["fileId"]]
    page = node.receiver.page(opened["reportId"])
    for words in (
        "Child Sex Trafficking", "https://ads.example.com/flat/7", "naïve €", "555-0143",
        "anzeige-ä.txt", "192.0.2.7", "content type is text/plain", WORDS.decode().strip(),
    ):  # fmt: skip
        assert words in page


def test_cybertipline_tools_withdraws_a_report(node: Stranger) -> None:
    steps, calls = node.does("withdrawn")
    assert calls == [("submit", 0), ("retract", 0), ("upload", 5101)]
    assert steps[1]["data"]["responseCode"] == 0
    assert steps[2]["error"] == NO_CODE.format("fileId")
    opened = steps[0]["data"]["reportId"]
    assert str(opened) not in node.receiver.finished()
    assert "Its contents are gone" in node.receiver.page(opened)


@pytest.mark.parametrize("plan", ["ampersand_in_url", "less_than_in_words"])
def test_what_cybertipline_tools_leaves_unescaped_is_4110(node: Stranger, plan: str) -> None:
    """Its known fault: with HTTP 200 it can't even say which code it got; with 4xx it can."""
    assert node.does("escaped")[1] == [("submit", 0)]
    steps, calls = node.does(plan)
    assert calls == [("submit", 4110)]
    assert steps[0]["error"] == NO_CODE.format("reportId")
    assert "at line 1, column " in node.receiver.notes("submit")[-1]
    node.receiver.turn(error_status="mapped")
    steps, calls = node.does(plan)
    assert calls == [("submit", 4110)]
    assert "400 - MalformedXmlSubmittal (Request-ID: " in steps[0]["error"]


def test_what_cybertipline_tools_sends_when_nothing_is_given_is_taken(node: Stranger) -> None:
    assert node.does("no_details")[1] == [("submit", 0)]


def test_the_page_shows_what_cybertipline_tools_did_to_a_zip_code(node: Stranger) -> None:
    """It reads 02139 as a number. No code can say so; who reads the page as an analyst sees it."""
    steps, _ = node.does("lost_zero")
    page = node.receiver.page(steps[0]["data"]["reportId"])
    assert "<td>2139" in page
    assert "02139" not in page


def test_cybertipline_tools_is_told_of_a_wrong_password(node: Stranger) -> None:
    for body in ("empty", "xml"):
        node.receiver.turn(unauthorised_body=body)
        steps, calls = node.does("wrong_password")
        assert calls == [("status", 2000)]
        assert "http status 401" in steps[0]["error"]


# ncmec-cybertip, from PyPI


def test_ncmec_cybertip_files_a_report(python: Stranger) -> None:
    steps, calls = python.does("filed")
    assert calls == [
        ("status", 0), ("submit", 0), ("upload", 0), ("fileinfo", 0), ("finish", 0),
        ("retract", 5102), ("finish", 5102),
    ]  # fmt: skip
    opened, held, _, done = [step["data"] for step in steps[1:5]]
    assert held["hash"] == MD5
    assert done["files"]["file_id"] == [held["file_id"]]
    assert steps[5]["code"] == 5102
    assert python.receiver.finished()[str(opened["report_id"])] == [held["file_id"]]
    page = python.receiver.page(opened["report_id"])
    for words in (
        "https://ads.example.com/?flat=7&amp;lang=en", "naïve €", "anzeige-ä.txt", "50123",
        hashlib.sha256(WORDS).hexdigest(), WORDS.decode().strip(),
    ):  # fmt: skip
        assert words in page
    assert python.receiver.notes("submit")[-1] == ""


def test_ncmec_cybertip_reads_a_failed_finish_with_one_of_the_two_roots(python: Stranger) -> None:
    """Which root the service uses is not settled: a client meets both here before it meets one."""
    assert python.does("filed")[0][6]["error"] == "cannot be parsed"
    python.receiver.turn(finish_error_root="reportDoneResponse")
    assert python.does("filed")[0][6]["code"] == 5102


def test_ncmec_cybertip_withdraws_a_report(python: Stranger) -> None:
    steps, calls = python.does("withdrawn")
    assert calls == [("submit", 0), ("retract", 0), ("upload", 5101)]
    assert steps[2]["code"] == 5101
    assert str(steps[0]["data"]["report_id"]) not in python.receiver.finished()


@pytest.mark.parametrize(
    ("plan", "call", "where"),
    [
        ("type_on_pair", "fileinfo", "at /fileDetails/details[1]/nameValuePair[1]"),
        ("account_type", "submit", "at /report/personOrUserReported[1]/associatedAccount[1]"),
        ("flea_country", "submit", "at /report/lawEnforcement"),
        ("empty_details", "submit", "at /report/internetDetails[1]"),
    ],
)
def test_what_ncmec_cybertip_models_wrongly_is_4100(
    python: Stranger, plan: str, call: str, where: str
) -> None:
    for status in ("200", "mapped"):
        python.receiver.turn(error_status=status)
        steps, calls = python.does(plan)
        assert calls[-1] == (call, 4100)
        assert steps[-1]["code"] == 4100
        assert python.receiver.notes(call)[-1] == where


def test_what_ncmec_cybertip_knows_of_the_newer_edition_passes_there(python: Stranger) -> None:
    assert python.does("informational")[1] == [("submit", 4100)]
    python.receiver.turn(profile="newer")
    assert python.does("informational")[1] == [("submit", 0)]


def test_ncmec_cybertip_is_told_of_a_wrong_password(python: Stranger) -> None:
    steps, calls = python.does("wrong_password")
    assert calls == [("status", 2000)]
    assert steps[0]["code"] == 401


# curl, as the documentation of the protocol shows it


@dataclass(frozen=True, kw_only=True)
class Curl:
    receiver: Receiver
    folder: Path

    def __call__(self, call: str, *more: object) -> str:
        return run("curl", "-sS", "-q", "-u", "test:test", *more, f"{self.receiver.base}/{call}")

    def xml(self, call: str, text: str, content_type: str = "text/xml; charset=utf-8") -> str:
        path = self.folder / f"{call}.xml"
        path.write_text(text, encoding="utf-8")
        return self(call, "-H", f"Content-Type: {content_type}", "--data-binary", f"@{path}")


@pytest.fixture
def curl(receiver: Receiver, tmp_path: Path) -> Curl:
    try:
        run("curl", "--version")
    except FileNotFoundError:
        pytest.skip("curl is not here")
    return Curl(receiver=receiver, folder=tmp_path)


def between(answer: str, element: str) -> str:
    return answer.partition(f"<{element}>")[2].partition(f"</{element}>")[0]


@pytest.mark.parametrize("form", ["-d", "-F"], ids=["urlencoded", "multipart"])
def test_curl_files_a_report(curl: Curl, form: str) -> None:
    ad = curl.folder / "ad.txt"
    ad.write_bytes(WORDS)
    assert "Remote User : test" in curl("status")
    assert "schema" in curl("xsd")
    page = web_page("https://ads.example.com/?a=1&amp;b=2")
    opened = curl.xml("submit", report(details=page, rest="<additionalInfo>€</additionalInfo>"))
    report_id = between(opened, "reportId")
    held = curl("upload", "-F", f"id={report_id}", "-F", f"file=@{ad}")
    file_id = between(held, "fileId")
    assert between(held, "hash") == MD5
    told = f"<fileDetails><reportId>{report_id}</reportId><fileId>{file_id}</fileId></fileDetails>"
    assert between(curl.xml("fileinfo", told), "responseCode") == "0"
    done = curl("finish", form, f"id={report_id}")
    assert done.endswith(
        f"<reportId>{report_id}</reportId><files><fileId>{file_id}</fileId></files>"
        "</reportDoneResponse>"
    )
    assert between(curl("retract", form, f"id={report_id}"), "responseCode") == "5102"
    assert curl.receiver.finished()[report_id] == [file_id]
    assert "Flat to share, bluelantern" in curl.receiver.page(report_id)


@pytest.mark.parametrize("form", ["-d", "-F"], ids=["urlencoded", "multipart"])
def test_curl_withdraws_a_report(curl: Curl, form: str) -> None:
    report_id = between(curl.xml("submit", report()), "reportId")
    assert between(curl("retract", form, f"id={report_id}"), "responseCode") == "0"
    assert between(curl("finish", form, f"id={report_id}"), "responseCode") == "5101"
    assert report_id not in curl.receiver.finished()


def test_curl_without_a_charset_is_taken_and_remarked_on(curl: Curl) -> None:
    assert between(curl.xml("submit", report(), "text/xml"), "responseCode") == "0"
    assert curl.receiver.notes("submit")[-1] == "no charset in the content type"


def test_curl_sees_what_a_switch_does(curl: Curl) -> None:
    report_id = between(curl.xml("submit", report()), "reportId")
    curl.receiver.turn(faults=[{"kind": "gateway_after", "call": "finish"}])
    assert "502 Bad Gateway" in curl("finish", "-d", f"id={report_id}")
    assert between(curl("finish", "-d", f"id={report_id}"), "responseCode") == "5102"
    curl.receiver.turn(wrong_hash=True)
    other = between(curl.xml("submit", report()), "reportId")
    ad = curl.folder / "ad.txt"
    ad.write_bytes(WORDS)
    assert between(curl("upload", "-F", f"id={other}", "-F", f"file=@{ad}"), "hash") != MD5
