"""The CyberTipline client against a scripted far side that may answer anything at all.

Every answer below is raw bytes on a loopback socket: what a gateway, a torn wire or a hostile
server can send. The law: an effect that is unknown is an Outage; a no that trying again cannot
mend is TiplineRefused; a report's own state is a value; and nothing of the contents is logged.
"""

import base64
import hashlib
import logging
import socket
from collections.abc import Iterator
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

import pytest
import structlog
from far_side import (
    CONTENT,
    FILE_ID,
    INFO,
    MD5,
    REPORT,
    FarSide,
    Move,
    about,
    body_of,
    done,
    hang_up,
    headers_of,
    http,
    stay_silent,
    xml,
)
from hypothesis import given
from hypothesis import strategies as st

from answerable.adapters.cybertipline.answers import (
    ANSWER_BYTES_MAX,
    Answer,
    Unreadable,
    judge,
    read_answer,
)
from answerable.adapters.cybertipline.client import Timeouts, TiplineClient, checked_base_url
from answerable.kernel.errors import Outage, Refusal
from answerable.kernel.sealed import Sealed
from answerable.reports.tipline import (
    AlreadyFinished,
    AlreadyRetracted,
    AnsweredForAnother,
    CyberTipline,
    Finished,
    Greeting,
    NoSuchFile,
    NoSuchReport,
    Noted,
    Opened,
    Receipt,
    Retracted,
    TiplineRefused,
    UploadDamaged,
    Uploaded,
)


@pytest.fixture
def far() -> Iterator[FarSide]:
    side = FarSide()
    yield side
    side.close()


@pytest.fixture
def tipline(far: FarSide) -> Iterator[TiplineClient]:
    with client(far) as made:
        yield made


def client(far: FarSide, **more: Any) -> TiplineClient:
    return TiplineClient(
        base_url=f"http://127.0.0.1:{far.port}/ispws",
        username="test",
        password=Sealed("pässword:x", label="password"),
        **{"timeouts": Timeouts(connect=5, read=10, write=10, whole=20)} | more,
    )


# ---- the calls as they should go ----------------------------------------------------------------


def test_a_report_from_open_to_filed(far: FarSide, tipline: CyberTipline) -> None:
    far.will(
        http(xml(said="Remote User : test, Remote Ip : 127.0.0.1")),
        http(xml(inside=about()), Request_ID="req-1"),
        http(xml(inside=f"{about()}<fileId>{FILE_ID}</fileId><hash>{MD5}</hash>")),
        http(xml(inside=about())),
        http(done(files=f"<fileId>{FILE_ID}</fileId>"), Request_ID="req-2"),
    )
    assert isinstance(tipline.status(), Greeting)
    opened = tipline.submit("<report>ü</report>".encode())
    assert (opened.report_id, opened.receipt.request_id) == (REPORT, "req-1")
    sent = tipline.upload(REPORT, "ad.txt", "text/plain; charset=utf-8", CONTENT)
    assert isinstance(sent, Uploaded)
    assert (sent.file_id, sent.md5) == (FILE_ID, MD5)
    assert isinstance(tipline.fileinfo(INFO), Noted)
    finished = tipline.finish(REPORT)
    assert isinstance(finished, Finished)
    assert (finished.report_id, finished.file_ids) == (REPORT, (FILE_ID,))
    assert finished.receipt.body == done(files=f"<fileId>{FILE_ID}</fileId>")
    assert finished.receipt.request_id == "req-2"

    lines = [request.split(b"\r\n")[0].decode() for request in far.asked]
    assert lines == [
        "GET /ispws/status HTTP/1.1",
        "POST /ispws/submit HTTP/1.1",
        "POST /ispws/upload HTTP/1.1",
        "POST /ispws/fileinfo HTTP/1.1",
        "POST /ispws/finish HTTP/1.1",
    ]
    secret = "Basic " + base64.b64encode("test:pässword:x".encode()).decode()
    assert [headers_of(request)["authorization"] for request in far.asked] == [secret] * 5
    assert headers_of(far.asked[1])["content-type"] == "text/xml; charset=utf-8"
    assert body_of(far.asked[1]) == "<report>ü</report>".encode()
    assert headers_of(far.asked[4])["content-type"] == "application/x-www-form-urlencoded"
    assert body_of(far.asked[4]) == b"id=4564654"


def test_an_upload_is_a_form_with_the_id_first_and_the_bytes_untouched(
    far: FarSide, tipline: TiplineClient
) -> None:
    far.will(http(xml(inside=f"{about()}<fileId>{FILE_ID}</fileId><hash>{MD5}</hash>")))
    tipline.upload(REPORT, 'we"ird\r\nname.png', "image/png\r\nX-Evil: yes", CONTENT)
    kind = headers_of(far.asked[0])["content-type"]
    form = BytesParser(policy=HTTP).parsebytes(
        f"Content-Type: {kind}\r\n\r\n".encode() + body_of(far.asked[0])
    )
    first, second = form.iter_parts()
    assert first.get_param("name", header="content-disposition") == "id"
    assert first.get_payload(decode=True) == REPORT.encode()
    assert second.get_param("name", header="content-disposition") == "file"
    assert second.get_content_type() == "application/octet-stream"
    assert second["X-Evil"] is None
    boundary = kind.partition("boundary=")[2].encode()
    assert b"\r\n\r\n" + CONTENT + b"\r\n--" + boundary + b"--" in body_of(far.asked[0])


def test_what_was_opened_can_be_discarded(far: FarSide, tipline: TiplineClient) -> None:
    far.will(http(xml(inside=about())))
    assert isinstance(tipline.retract(REPORT), Retracted)
    assert body_of(far.asked[0]) == b"id=4564654"


# ---- judged by the code, whatever the HTTP status -----------------------------------------------

LATER = (1000, 1100, 1110, 1111, 1300, 1999)
PERSON = (1210, 2000, 3000, 3100, 3300, 4000, 4100, 4110, 4200, 4999, 5000, 5999, 6000, 7, -1)
STATES: dict[int, type] = {
    5001: NoSuchReport,
    5002: NoSuchFile,
    5101: AlreadyRetracted,
    5102: AlreadyFinished,
}
STATUSES = ("200 OK", "400 Bad Request", "500 Internal Server Error")


@pytest.mark.parametrize("status", STATUSES)
def test_each_code_asks_for_its_own_reaction(
    far: FarSide, tipline: TiplineClient, status: str
) -> None:
    for code in LATER:
        far.will(http(xml(code, "later"), status))
        with pytest.raises(Outage):
            tipline.finish(REPORT)
    for code in PERSON:
        far.will(http(xml(code, "cvc-complex-type: bluelantern"), status))
        with pytest.raises(TiplineRefused) as refused:
            tipline.finish(REPORT)
        assert refused.value.code == code
        assert refused.value.description.open() == "cvc-complex-type: bluelantern"
        assert "bluelantern" not in f"{refused.value} {refused.value!r} {vars(refused.value)}"
    for code, state in STATES.items():
        far.will(*[http(xml(code, "state", about()), status)] * 4)
        assert type(tipline.finish(REPORT)) is state
        assert type(tipline.retract(REPORT)) is state
        assert type(tipline.fileinfo(INFO)) is state
        assert type(tipline.upload(REPORT, "a.txt", "text/plain", CONTENT)) is state


@pytest.mark.parametrize("status", STATUSES)
def test_code_0_is_accepted_whatever_the_http_status(
    far: FarSide, tipline: TiplineClient, status: str
) -> None:
    far.will(http(xml(inside=about()), status))
    assert isinstance(tipline.submit(b"<report/>"), Opened)


def test_the_state_of_a_report_is_no_answer_to_opening_one(
    far: FarSide, tipline: TiplineClient
) -> None:
    far.will(http(xml(5102, "finished", about())))
    with pytest.raises(TiplineRefused) as refused:
        tipline.submit(b"<report/>")
    assert refused.value.code == 5102


@given(code=st.integers(-(10**9), 10**9), status=st.integers(200, 599))
def test_every_code_has_exactly_one_reaction(code: int, status: int) -> None:
    """The plain rule, restated: 0 accepted, four states, family 1 but 1210 later, else a person."""
    receipt = Receipt(body=xml(code, inside=about()), http_status=status)
    if code == 0:
        assert isinstance(judge("finish", receipt, REPORT), Answer)
    elif code in STATES:
        assert type(judge("finish", receipt, REPORT)) is STATES[code]
    else:
        later = str(code).startswith("1") and len(str(code)) == 4 and code != 1210
        with pytest.raises(Outage if later else TiplineRefused):
            judge("finish", receipt, REPORT)


# ---- answers that are none ----------------------------------------------------------------------

BOMB = b"""<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]>
<reportResponse><responseCode>0</responseCode><responseDescription a="&d;">&d;</responseDescription>
<reportId>4564654</reportId></reportResponse>"""
OUTSIDE = (
    b'<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd"><reportResponse><responseCode>0</responseCode>'
    b"<responseDescription/><reportId>4564654</reportId></reportResponse>"
)
LOST: dict[str, Move | bytes] = {
    "nothing at all": hang_up,
    "not even HTTP": b"hello\r\n\r\n",
    "a header only": b"HTTP/1.1 200 OK\r\nContent-Le",
    "an empty 200": http(b""),
    "garbage": http(b"\x00\x01\x02\xff" * 50),
    "an HTML page with 200": http(b"<html><body>Maintenance</body></html>", kind="text/html"),
    "an HTML 502": http(b"<!DOCTYPE html><html></html>", "502 Bad Gateway", kind="text/html"),
    "an HTML 503": http(b"<html>", "503 Service Unavailable", kind="text/html"),
    "an empty 500": http(b"", "500 Internal Server Error"),
    "a 429": http(b"slow down", "429 Too Many Requests", kind="text/plain"),
    "torn by the wire": http(xml(inside=about())[:90], length=len(xml(inside=about()))),
    "torn inside": http(xml(inside=about())[:-20]),
    "an entity bomb": http(BOMB),
    "an outside entity": http(OUTSIDE),
    "more than 1 MiB": http(xml(inside=about(), said="x" * ANSWER_BYTES_MAX)),
    "no code": http(b"<reportResponse><responseDescription/></reportResponse>"),
    "a code in words": http(xml("zero", inside=about())),
    "another root": http(xml(inside=about(), root="response")),
    "a namespace": http(
        xml(inside=about(), root="reportResponse").replace(b"se>", b'se xmlns="u">', 1)
    ),
    "an id in words": http(xml(inside=about("12x"))),
    "gzip nobody asked for": http(b"\x1f\x8b\x08\x00\x00", Content_Encoding="gzip"),
}


@pytest.mark.parametrize("what", LOST)
def test_an_answer_that_cannot_be_read_leaves_the_effect_unknown(
    far: FarSide, tipline: TiplineClient, what: str
) -> None:
    far.will(*[LOST[what]] * 4)
    with pytest.raises(Outage):
        tipline.submit(b"<report/>")
    with pytest.raises(Outage):
        tipline.finish(REPORT)
    with pytest.raises(Outage):
        tipline.retract(REPORT)
    with pytest.raises(Outage):
        tipline.upload(REPORT, "a.txt", "text/plain", CONTENT)


REFUSED = {
    "401 with nothing": (http(b"", "401 Unauthorized", WWW_Authenticate='Basic realm="x"'), None),
    "401 with a page": (http(b"<html>", "401 Unauthorized", kind="text/html"), None),
    "401 with a code": (http(xml(2000, "who?"), "401 Unauthorized"), 2000),
    "403 with nothing": (http(b"", "403 Forbidden"), None),
    "404, so a wrong base URL": (http(b"<html>", "404 Not Found", kind="text/html"), None),
    "405": (http(b"", "405 Method Not Allowed"), None),
    "413": (http(b"", "413 Content Too Large"), None),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_no_without_a_code_still_reaches_a_person(
    far: FarSide, tipline: TiplineClient, what: str
) -> None:
    raw, code = REFUSED[what]
    far.will(raw)
    with pytest.raises(TiplineRefused) as refused:
        tipline.submit(b"<report/>")
    assert refused.value.code == code


def test_a_redirect_is_not_followed(far: FarSide, tipline: TiplineClient) -> None:
    other = FarSide()
    other.will(http(xml(inside=about())))
    far.will(http(b"", "307 Temporary Redirect", Location=f"http://127.0.0.1:{other.port}/submit"))
    with pytest.raises(TiplineRefused):
        tipline.submit(b"<report/>")
    other.close()
    assert other.asked == []


def test_nobody_home_is_an_outage() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    with (
        TiplineClient(
            base_url=f"http://127.0.0.1:{port}", username="u", password=Sealed("p", label="p")
        ) as tipline,
        pytest.raises(Outage),
    ):
        tipline.status()


def test_silence_is_an_outage_after_the_read_timeout(far: FarSide) -> None:
    far.will(stay_silent)
    with client(far, timeouts=Timeouts(read=0.05)) as tipline, pytest.raises(Outage):
        tipline.finish(REPORT)


def test_a_call_ends_in_time_however_the_bytes_trickle(far: FarSide) -> None:
    """Each look at the time finds 8 seconds gone; no single read or write is ever slow."""

    def hurried() -> TiplineClient:
        passed = iter(range(0, 10_000, 8))
        return client(far, timeouts=Timeouts(whole=20), monotonic=lambda: float(next(passed)))

    with hurried() as tipline, pytest.raises(Outage, match="longer than 20"):
        tipline.upload(REPORT, "a.bin", "application/octet-stream", b"\x00" * 1_000_000)
    trickle = b"".join(b"1\r\n%c\r\n" % byte for byte in xml(inside=about()))
    far.will(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + trickle + b"0\r\n\r\n")
    with hurried() as tipline, pytest.raises(Outage, match="longer than 20"):
        tipline.submit(b"<report/>")


@given(body=st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_no_bytes_can_make_the_reader_fail_otherwise(body: bytes) -> None:
    try:
        read_answer(body)
    except Unreadable:
        return


# ---- answers that are good but odd --------------------------------------------------------------


def test_the_declaration_decides_the_charset_not_the_header(
    far: FarSide, tipline: TiplineClient
) -> None:
    far.will(http(xml(4100, "naïve ü"), kind="application/xml;charset=ISO-8859-1"))
    with pytest.raises(TiplineRefused) as refused:
        tipline.submit(b"<report/>")
    assert refused.value.description.open() == "naïve ü"


def test_chunks_cookies_blanks_and_unknown_elements_do_not_matter(
    far: FarSide, tipline: TiplineClient
) -> None:
    body = xml(" 0 ", inside=f"<new><x/></new><reportId>\n {REPORT} </reportId><more>1</more>")
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:7], body[7:]))
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nSet-Cookie: lb=1\r\n\r\n"
    far.will(head + chunks + b"0\r\n\r\n")
    opened = tipline.submit(b"<report/>")
    assert opened.report_id == REPORT
    assert opened.receipt.request_id is None


def test_finish_is_read_with_either_root(far: FarSide, tipline: TiplineClient) -> None:
    far.will(
        http(done()),
        http(xml(inside=about())),
        http(done(code=5102), "409 Conflict"),
        http(xml(5102, "finished")),
    )
    empty, unlisted = tipline.finish(REPORT), tipline.finish(REPORT)
    assert isinstance(empty, Finished)
    assert empty.file_ids == ()
    assert isinstance(unlisted, Finished)
    assert unlisted.file_ids is None
    assert isinstance(tipline.finish(REPORT), AlreadyFinished)
    assert isinstance(tipline.finish(REPORT), AlreadyFinished)


@pytest.mark.parametrize("code", [0, 5102])
def test_an_answer_about_another_report_is_nobodys_success(
    far: FarSide, tipline: TiplineClient, code: int
) -> None:
    far.will(
        http(done("4564655", code=code)),
        http(xml(code, inside=about("4564655"))),
        http(xml(code, inside=about("4564655"))),
        http(xml(code, inside=f"{about('4564655')}<fileId>{FILE_ID}</fileId><hash>{MD5}</hash>")),
    )
    with pytest.raises(AnsweredForAnother):
        tipline.finish(REPORT)
    with pytest.raises(AnsweredForAnother):
        tipline.retract(REPORT)
    with pytest.raises(AnsweredForAnother):
        tipline.fileinfo(INFO)
    with pytest.raises(AnsweredForAnother):
        tipline.upload(REPORT, "a.txt", "text/plain", CONTENT)


def test_a_file_that_did_not_arrive_whole_is_said_to_be_damaged(
    far: FarSide, tipline: TiplineClient
) -> None:
    wrong = hashlib.md5(b"other").hexdigest()
    for answered in (wrong, None):
        said = f"<hash>{answered}</hash>" if answered else ""
        far.will(http(xml(inside=f"{about()}<fileId>{FILE_ID}</fileId>{said}")))
        damaged = tipline.upload(REPORT, "a.txt", "text/plain", CONTENT)
        assert isinstance(damaged, UploadDamaged)
        assert (damaged.md5_sent, damaged.md5_answered) == (MD5, answered)
    far.will(http(xml(inside=f"{about()}<fileId>{FILE_ID}</fileId><hash>{MD5.upper()}</hash>")))
    assert isinstance(tipline.upload(REPORT, "a.txt", "text/plain", CONTENT), Uploaded)


def test_success_without_its_id_is_no_success(far: FarSide, tipline: TiplineClient) -> None:
    far.will(http(xml()), http(xml(inside=f"{about()}<hash>{MD5}</hash>")))
    with pytest.raises(Outage):
        tipline.submit(b"<report/>")
    with pytest.raises(Outage):
        tipline.upload(REPORT, "a.txt", "text/plain", CONTENT)


# ---- whom it talks to, and what it says about it ------------------------------------------------

NEVER = (
    "https://report.cybertip.org/ispws",
    "https://exttest.cybertip.org/ispws",
    "http://192.0.2.7/ispws",
    "http://127.0.0.1.example.com/ispws",
    "http://[2001:db8::1]/ispws",
    "http://0.0.0.0:8090/ispws",
)
NO_URL = (
    "ftp://127.0.0.1/",
    "127.0.0.1:8090",
    "http://",
    "http://u:p@127.0.0.1/",
    "http://127.0.0.1/?a=b",
    "http://127.0.0.1/#x",
    "http://127.0.0.1:port/",
    "",
)


def test_only_this_machine_is_talked_to_unless_allowed() -> None:
    for base in NEVER:
        with pytest.raises(Refusal):
            checked_base_url(base, allow_real=False)
        if base.startswith("https"):
            assert checked_base_url(base + "/", allow_real=True) == base
        else:
            with pytest.raises(Refusal):
                checked_base_url(base, allow_real=True)
    for base in NO_URL:
        with pytest.raises(Refusal):
            checked_base_url(base, allow_real=True)
    for base in ("http://127.0.0.1:8090/ispws", "http://localhost:1", "http://[::1]:8090/ispws"):
        assert checked_base_url(base, allow_real=False) == base


def test_a_proxy_of_the_environment_sees_nothing(
    far: FarSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = FarSide()
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    far.will(http(xml(inside=about())))
    with client(far) as tipline:
        tipline.submit(b"<report/>")
    proxy.close()
    assert proxy.asked == []


def test_nothing_of_the_contents_is_logged(far: FarSide, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    far.will(
        http(xml(4100, "bluelantern in the answer"), Request_ID="req-9"),
        http(xml(4100, "bluelantern in the answer"), Request_ID="req-9\x01bluelantern"),
        hang_up,
    )
    with structlog.testing.capture_logs() as said, client(far) as tipline:
        with pytest.raises(TiplineRefused) as refused:
            tipline.submit(b"<report>bluelantern</report>")
        with pytest.raises(TiplineRefused):
            tipline.upload(REPORT, "bluelantern.txt", "text/plain", b"bluelantern")
        with pytest.raises(Outage) as lost:
            tipline.submit(b"<report>bluelantern</report>")
    shown = f"{said} {caplog.messages} {refused.value!r} {refused.value.receipt!r} {lost.value!r}"
    assert [one["event"] for one in said] == ["tipline call answered"] * 2 + ["tipline call lost"]
    assert said[0]["request_id"] == "req-9"
    assert "bluelantern" not in shown
    assert "pässword" not in shown
