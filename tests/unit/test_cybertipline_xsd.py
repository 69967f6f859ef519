"""`/xsd` against a far side that may answer anything: a schema is a schema, and nothing else is."""

import pytest
from far_side import FarSide, http, xml
from tests.unit.test_cybertipline_client import client

from answerable.adapters.cybertipline.answers import ANSWER_BYTES_MAX, SCHEMA_BYTES_MAX
from answerable.adapters.cybertipline.client import TiplineClient
from answerable.kernel.errors import Outage
from answerable.reports.tipline import TiplineRefused

SCHEMA = b'<?xml version="1.0"?><x:schema xmlns:x="http://www.w3.org/2001/XMLSchema"/>'


@pytest.fixture
def far():
    side = FarSide()
    yield side
    side.close()


@pytest.fixture
def tipline(far: FarSide):
    with client(far) as made:
        yield made


def test_a_schema_comes_as_it_was_sent(far: FarSide, tipline: TiplineClient) -> None:
    far.will(http(SCHEMA, Request_ID="req-4"))
    fetched = tipline.xsd()
    assert (fetched.xsd, fetched.receipt.request_id) == (SCHEMA, "req-4")
    assert far.asked[0].startswith(b"GET /ispws/xsd HTTP/1.1\r\n")
    assert b"\r\nAuthorization: Basic " in far.asked[0]
    assert "schema" not in repr(fetched)


def test_a_schema_may_be_longer_than_any_other_answer(far: FarSide, tipline: TiplineClient) -> None:
    long = SCHEMA.replace(b"/>", b">" + b" " * (2 * ANSWER_BYTES_MAX) + b"</x:schema>")
    far.will(http(long))
    assert tipline.xsd().xsd == long


LOST = {
    "a page": http(b"<html><body>down</body></html>", "502 Bad Gateway", kind="text/html"),
    "a page that says all is well": http(b"<html></html>", kind="text/html"),
    "a document type": http(b"<!DOCTYPE x>" + SCHEMA[21:]),
    "more than 4 MiB": http(SCHEMA.replace(b"/>", b"><!--" + b"x" * SCHEMA_BYTES_MAX)),
    "a part of a schema": http(SCHEMA.replace(b"schema", b"element", 1)),
    "torn": http(SCHEMA[:40]),
    "half of it": http(SCHEMA, length=len(SCHEMA) + 100),
    "nothing": http(b""),
    "another schema language": http(b'<schema xmlns="http://purl.oclc.org/dsdl/schematron"/>'),
    "an answer that is no schema": http(xml()),
    "a schema with a server's fault": http(SCHEMA, "500 Internal Server Error"),
    "their own fault": http(xml(1000)),
}


@pytest.mark.parametrize("what", LOST)
def test_what_is_no_schema_is_an_outage(far: FarSide, tipline: TiplineClient, what: str) -> None:
    far.will(LOST[what])
    with pytest.raises(Outage):
        tipline.xsd()


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (http(b"", "401 Unauthorized"), None),
        (http(xml(2000), "401 Unauthorized"), 2000),
        (http(xml(3000)), 3000),
        (http(b"<html/>", "404 Not Found", kind="text/html"), None),
        (http(SCHEMA, "404 Not Found"), None),
    ],
)
def test_a_no_reaches_a_person(
    far: FarSide, tipline: TiplineClient, answer: bytes, code: int | None
) -> None:
    far.will(answer)
    with pytest.raises(TiplineRefused) as refused:
        tipline.xsd()
    assert refused.value.code == code


def test_a_password_may_be_plain_text(far: FarSide) -> None:
    far.will(http(SCHEMA))
    base = f"http://127.0.0.1:{far.port}/ispws"
    with TiplineClient(base_url=base, username="test", password="plain") as tipline:
        assert tipline.xsd().xsd == SCHEMA
        assert "plain" not in repr(tipline)
