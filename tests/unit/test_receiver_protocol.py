"""The seven calls as a stranger's client makes them: both encodings, every order, every mistake."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from lxml import etree
from tests.unit.receiver_samples import (
    MULTIPART,
    OTHER,
    TEST,
    XML,
    Bench,
    bench,
    file_details,
    multipart,
    read_answer,
    report,
    web_page,
)

from answerable.apps.receiver.values import Profile
from answerable.apps.receiver.xsd import write_xsd

SEVEN = [
    ("GET", "status"), ("GET", "xsd"), ("POST", "submit"), ("POST", "upload"),
    ("POST", "fileinfo"), ("POST", "finish"), ("POST", "retract"),
]  # fmt: skip
TEXT_PLAIN = '; filename="ad.txt"\r\nContent-Type: text/plain'


@pytest.fixture
def b(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path) as started:
        yield started


def test_from_submit_to_finish(b: Bench) -> None:
    opened = b.caller.submit()
    assert (opened.status, opened.root, opened.code) == (200, "reportResponse", 0)
    assert opened.description == "Success"
    assert opened.report_id == 4_000_001
    words = "Two bicycles, naïve price €10".encode()
    first = b.caller.upload(opened.report_id, words)
    second = b.caller.upload(opened.report_id, words)
    assert first.report_id == second.report_id == opened.report_id
    assert first.digest == second.digest == hashlib.md5(words).hexdigest()
    assert first.file_id != second.file_id  # the same bytes twice are two files
    assert re.fullmatch("[0-9a-f]{32}", first.file_id or "")
    told = b.caller.fileinfo(opened.report_id, first.file_id)
    assert (told.code, told.report_id, told.file_id) == (0, opened.report_id, first.file_id)
    done = b.caller.finish(opened.report_id)
    assert (done.code, done.root, done.report_id) == (0, "reportDoneResponse", opened.report_id)
    assert done.files == (first.file_id, second.file_id)
    assert b"responseDescription" not in done.raw


def test_a_report_without_files_finishes_with_an_empty_list(b: Bench) -> None:
    done = b.caller.finish(b.caller.submit().report_id)
    assert done.raw.endswith(b"<files/></reportDoneResponse>")


def test_answers_are_one_line_of_declared_xml(b: Bench) -> None:
    raw = b.caller.submit().raw
    assert raw.startswith(
        b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><reportResponse>'
    )
    assert b"\n" not in raw


def test_answers_fit_the_schema_we_hand_out(b: Bench) -> None:
    schema = etree.XMLSchema(etree.fromstring(b.caller.get("/ispws/xsd").content))
    report_id = b.caller.submit().report_id
    told = [
        b.caller.upload(report_id),
        b.caller.finish(report_id),
        b.caller.finish(report_id),
        b.caller.submit("<report/>"),
        read_answer(b.caller.get("/ispws/status")),
    ]
    assert all(schema.validate(etree.fromstring(answer.raw)) for answer in told)


def test_status_names_user_and_address(b: Bench) -> None:
    told = read_answer(b.other.get("/ispws/status"))
    assert (told.code, told.report_id) == (0, None)
    assert told.description == "Remote User : other, Remote Ip : 127.0.0.1"


def test_xsd_is_ours_and_a_schema(b: Bench) -> None:
    got = b.caller.get("/ispws/xsd").content
    assert got == write_xsd(Profile.NOV_2025)
    assert b"not NCMEC's own" in got


# Who may come in


@pytest.mark.parametrize(("method", "call"), SEVEN)
@pytest.mark.parametrize(
    "header",
    [None, "Basic", "Basic !!!", "Basic dGVzdA==", "Basic dGVzdDp3cm9uZw==", "Bearer dGVzdDp0ZXN0"],
)
def test_all_seven_ask_for_basic_authentication(
    b: Bench, method: str, call: str, header: str | None
) -> None:
    headers = {"Authorization": header} if header else {}
    answer = b.client.request(method, f"/ispws/{call}", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    assert answer.content == b""


def test_two_users_do_not_see_each_other(b: Bench) -> None:
    mine = b.caller.submit().report_id
    assert b.other.client.get("/ispws/status", auth=OTHER).status_code == 200
    held = b.caller.upload(mine)
    for told in (
        b.other.upload(mine),
        b.other.fileinfo(mine, held.file_id),
        b.other.finish(mine),
        b.other.retract(mine),
    ):
        assert told.code == 5001
    assert b.caller.finish(mine).files == (held.file_id,)
    assert b.other.finish(mine).code == 5001  # nor is its end told


def test_a_file_of_another_report_does_not_exist(b: Bench) -> None:
    first, second = b.caller.submit().report_id, b.caller.submit().report_id
    held = b.caller.upload(first)
    assert b.caller.fileinfo(second, held.file_id).code == 5002


@pytest.mark.parametrize(("method", "call"), SEVEN)
def test_the_wrong_method_is_405(b: Bench, method: str, call: str) -> None:
    for wrong in {"GET", "POST", "PUT", "DELETE", "HEAD"} - {method}:
        answer = b.client.request(wrong, f"/ispws/{call}", auth=TEST)
        assert (answer.status_code, answer.headers["Allow"]) == (405, method)


@pytest.mark.parametrize("path", ["/ispws/nothing", "/ispws", "/ispws/", "/ispws/submit/1", "/x"])
def test_an_unknown_path_is_404(b: Bench, path: str) -> None:
    assert b.client.request("POST", path, auth=TEST, content=b"x").status_code == 404


@pytest.mark.parametrize("path", ["/ispws/status", "/ispws/nothing", "/", "/reports/9", "/x"])
def test_every_answer_says_test_and_has_an_id_of_its_own(b: Bench, path: str) -> None:
    answers = [b.client.get(path, auth=auth) for auth in (TEST, ("no", "one"))]
    assert {answer.headers["X-Answerable-Receiver"] for answer in answers} == {"TEST"}
    assert len({answer.headers["Request-ID"] for answer in answers}) == 2


# How an XML body may come

ACCENTED = report(rest="<additionalInfo>naïve €</additionalInfo>")
DECLARED = '<?xml version="1.0" encoding="{}"?>'
HINTED = ACCENTED.replace(
    "<report>",
    '<report xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xsi:noNamespaceSchemaLocation="https://report.example.org/xsd">',
)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (ACCENTED.encode(), "text/xml; charset=utf-8"),
        (ACCENTED.encode(), 'text/xml;charset="UTF-8"'),
        (ACCENTED.encode(), "text/xml"),
        (ACCENTED.encode(), "application/xml"),
        (ACCENTED.encode(), "application/xml; charset=UTF-8"),
        (ACCENTED.encode(), "text/plain;charset=UTF-8"),
        (ACCENTED.encode(), ""),
        (ACCENTED.encode(), "text/xml; charset=no-such-thing"),
        ((DECLARED.format("UTF-8") + ACCENTED).encode(), "text/xml; charset=utf-8"),
        ((DECLARED.format("UTF-8") + ACCENTED).encode(), "text/xml; charset=iso-8859-1"),
        (b"\xef\xbb\xbf" + ACCENTED.encode(), "text/xml"),
        (ACCENTED.encode("utf-16"), "text/xml"),
        (
            (DECLARED.format("windows-1252") + ACCENTED).encode("windows-1252"),
            "text/xml; charset=utf-8",
        ),
        (ACCENTED.encode("windows-1252"), "text/xml; charset=windows-1252"),
        ((DECLARED.format("UTF-8") + "\n" + HINTED).encode(), "text/xml; charset=utf-8"),
    ],
)
def test_xml_is_read_as_it_declares_itself(b: Bench, body: bytes, content_type: str) -> None:
    told = b.caller.send("submit", body, content_type)
    assert told.code == 0, told.description
    assert "naïve €" in b.caller.get(f"/reports/{told.report_id}").text


@pytest.mark.parametrize(
    ("content_type", "remark"),
    [
        ("text/xml; charset=utf-8", None),
        ("application/xml;charset=UTF-8", None),
        ("text/xml", "no charset in the content type"),
        ("text/plain;charset=UTF-8", "content type is text/plain"),
        ("", "content type is absent"),
    ],
)
def test_a_careless_content_type_is_taken_and_remarked(
    b: Bench, content_type: str, remark: str | None
) -> None:
    told = b.caller.send("submit", ACCENTED, content_type)
    assert told.code == 0
    page = b.caller.get(f"/reports/{told.report_id}").text
    assert (remark or "<td></td>") in page


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not xml",
        b"<report>",
        report().encode() + b"<report/>",
        report(details=web_page("https://ads.example.com/1?a=1&b=2")).encode(),
        report().replace("</report>", "&nbsp;</report>").encode(),
        b"<!DOCTYPE report>" + report().encode(),
        b'<?xml version="1.0"?>\n<!-- x --><!DOCTYPE report [<!ENTITY a "b">]>' + report().encode(),
        b'<!DOCTYPE report SYSTEM "file:///etc/hostname">' + report().encode(),
        report(rest="<additionalInfo>\x01</additionalInfo>").encode(),
        report(rest="<additionalInfo>&#0;</additionalInfo>").encode(),
        ACCENTED.encode("latin-1", "replace"),  # neither UTF-8 nor declared
    ],
)
def test_what_is_not_well_formed_is_4110(b: Bench, body: bytes) -> None:
    for call in ("submit", "fileinfo"):
        assert b.caller.send(call, body).code == 4110


def test_an_entity_bomb_is_refused_quickly_and_nothing_is_fetched(b: Bench) -> None:
    layers = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 30))
    bomb = f'<!DOCTYPE report [<!ENTITY l0 "x">{layers}]><report a="&l29;">&l29;</report>'
    assert b.caller.send("submit", bomb).code == 4110


def test_a_doctype_in_the_words_is_only_words(b: Bench) -> None:
    words = "<additionalInfo><![CDATA[<!DOCTYPE html>]]></additionalInfo>"
    told = b.caller.submit(report(rest=words))
    assert told.code == 0
    assert "&lt;!DOCTYPE html&gt;" in b.caller.get(f"/reports/{told.report_id}").text


def test_an_oversized_body_is_refused_and_the_next_call_works(tmp_path: Path) -> None:
    with bench(tmp_path, xml_bytes_max=10_000, file_bytes_max=10_000) as b:
        assert (
            b.caller.submit(report(rest=f"<additionalInfo>{'x' * 10_000}</additionalInfo>")).code
            == 4000
        )
        report_id = b.caller.submit().report_id
        assert b.caller.upload(report_id, b"x" * 10_001).code == 4200
        assert b.caller.upload(report_id, b"x" * 200_000).code == 4200
        assert b.caller.upload(report_id, b"x" * 10_000).code == 0
        assert len(b.caller.finish(report_id).files) == 1


# How a form may come


@pytest.mark.parametrize("encoding", ["urlencoded", "multipart"])
@pytest.mark.parametrize("call", ["finish", "retract"])
def test_id_calls_take_both_encodings(b: Bench, call: str, encoding: str) -> None:
    report_id = b.caller.submit().report_id
    told = getattr(b.caller, call)(report_id, multipart=encoding == "multipart")
    assert (told.code, told.report_id) == (0, report_id)
    again = getattr(b.caller, call)(report_id, multipart=encoding == "multipart")
    assert again.code == {"finish": 5102, "retract": 5101}[call]


@pytest.mark.parametrize("call", ["finish", "retract"])
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "application/x-www-form-urlencoded"),
        (b"id=", "application/x-www-form-urlencoded"),
        (b"id=abc", "application/x-www-form-urlencoded"),
        (b"id=4000001%20", "application/x-www-form-urlencoded"),
        (b"id=-4000001", "application/x-www-form-urlencoded"),
        (b"id=1e6", "application/x-www-form-urlencoded"),
        (b"id=%D9%A4%D9%A0", "application/x-www-form-urlencoded"),
        (b"id=99999999999999999999", "application/x-www-form-urlencoded"),
        (b"id=9223372036854775808", "application/x-www-form-urlencoded"),
        (b"id=4000001&id=4000001", "application/x-www-form-urlencoded"),
        (b"reportId=4000001", "application/x-www-form-urlencoded"),
        (b"id=4000001", "text/plain"),
        (b"id=4000001", ""),
        (b'{"id": 4000001}', "application/json"),
        (b"id=4000001", "multipart/form-data"),
        (multipart(("id", TEXT_PLAIN, b"4000001")), MULTIPART),
        (multipart(("id", "", b"x" * 200_000)), MULTIPART),
    ],
)
def test_a_missing_or_odd_id_is_4000(b: Bench, call: str, body: bytes, content_type: str) -> None:
    assert b.caller.submit().report_id == 4_000_001
    assert b.caller.send(call, body, content_type).code == 4000
    assert b.caller.finish(4_000_001).code == 0


@pytest.mark.parametrize("id_first", [True, False])
@pytest.mark.parametrize(
    "head",
    [
        '; filename="ad.txt"',
        TEXT_PLAIN,
        "; filename=ad.txt\r\nContent-Type: application/octet-stream",
    ],
)
def test_upload_takes_parts_in_either_order(b: Bench, id_first: bool, head: str) -> None:
    report_id = b.caller.submit().report_id
    data = b"line\r\n--a-boundar\r\n\x00\xff"
    parts = [("id", "", str(report_id).encode()), ("file", head, data)]
    told = b.caller.send("upload", multipart(*(parts if id_first else parts[::-1])), MULTIPART)
    assert (told.code, told.digest) == (0, hashlib.md5(data).hexdigest())


def test_an_empty_file_is_a_file(b: Bench) -> None:
    told = b.caller.upload(b.caller.submit().report_id, b"")
    assert (told.code, told.digest) == (0, hashlib.md5(b"").hexdigest())


def test_a_file_name_is_kept_in_its_own_letters(b: Bench) -> None:
    report_id = b.caller.submit().report_id
    body = multipart(
        ("id", "", str(report_id).encode()),
        ("file", '; filename="объявление <1>.txt"', b"x"),
    )
    assert b.caller.send("upload", body, MULTIPART).code == 0
    assert "объявление &lt;1&gt;.txt" in b.caller.get(f"/reports/{report_id}").text


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ((("file", TEXT_PLAIN, b"x"),), 4000),
        ((("id", "", b"abc"), ("file", TEXT_PLAIN, b"x")), 4000),
        ((("id", "", b"4000001"),), 4200),
        ((("id", "", b"4000001"), ("file", "", b"x")), 4200),  # no filename: a field, no file
        ((("id", "", b"4000001"), ("upload", TEXT_PLAIN, b"x")), 4200),
        ((("id", "", b"4000001"), ("file", TEXT_PLAIN, b"x"), ("file", TEXT_PLAIN, b"y")), 4200),
        ((("id", "", b"4000002"), ("file", TEXT_PLAIN, b"x")), 5001),
    ],
)
def test_a_bad_upload_is_refused_and_attaches_nothing(
    b: Bench, parts: tuple[tuple[str, str, bytes], ...], code: int
) -> None:
    assert b.caller.submit().report_id == 4_000_001
    assert b.caller.send("upload", multipart(*parts), MULTIPART).code == code
    assert b.caller.finish(4_000_001).files == ()


@pytest.mark.parametrize("kept", [0.3, 0.8, 0.99])
def test_a_truncated_upload_attaches_nothing(b: Bench, kept: float) -> None:
    report_id = b.caller.submit().report_id
    whole = multipart(("id", "", str(report_id).encode()), ("file", TEXT_PLAIN, b"x" * 500))
    told = b.caller.send("upload", whole[: int(len(whole) * kept)], MULTIPART)
    assert told.code in (4000, 4200)
    assert b.caller.finish(report_id).files == ()


def test_a_form_that_is_no_form_is_4200(b: Bench) -> None:
    for content_type in (MULTIPART, "multipart/form-data", "text/plain"):
        assert b.caller.send("upload", b"no parts here", content_type).code == 4200
    urlencoded = httpx.Headers(XML)["Content-Type"].replace(
        "text/xml", "application/x-www-form-urlencoded"
    )
    assert b.caller.send("upload", b"id=4000001&file=x", urlencoded).code == 4200


# What fileinfo may name


def test_fileinfo_is_refused_by_form_then_state_then_file(b: Bench) -> None:
    report_id = b.caller.submit().report_id
    held = b.caller.upload(report_id)
    assert b.caller.send("fileinfo", report()).code == 4100
    assert b.caller.send("submit", file_details(1, "a")).code == 4100
    assert b.caller.send("fileinfo", file_details(report_id, None).replace("None", "")).code == 5002
    assert b.caller.fileinfo(report_id, "0" * 32).code == 5002
    assert b.caller.fileinfo(-1, held.file_id).code == 5001
    assert b.caller.finish(report_id).code == 0
    assert b.caller.fileinfo(report_id, held.file_id).code == 5102


def test_a_second_fileinfo_stands_beside_the_first(b: Bench) -> None:
    report_id = b.caller.submit().report_id
    held = b.caller.upload(report_id)
    for name in ("one.txt", "two.txt"):
        more = f"<originalFileName>{name}</originalFileName>"
        assert b.caller.fileinfo(report_id, held.file_id, more).code == 0
    page = b.caller.get(f"/reports/{report_id}").text
    assert "one.txt" in page
    assert "two.txt" in page
