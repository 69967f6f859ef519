"""The probe sees up, down, or nothing it could swear to; the webhook signs what it says."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.databases import HandTime

from answerable.adapters.probe import HttpProbe
from answerable.adapters.webhook import HEADER, Webhook, signature, signature_holds
from answerable.ads.directives import Seen
from answerable.kernel.errors import Breach, Outage, Refusal
from answerable.kernel.ids import Site
from answerable.kernel.sealed import Sealed
from answerable.kernel.time import MINUTE, Millis

ORIGINS = ("https://ads.example.com:443",)
URL = "https://ads.example.com/ads/bike-1"
MARKERS = ("bike-1", "A blue bike with three gears")
SECRET = b"sixteen bytes or more"
SITE = Site("main")

Answer = Callable[[httpx.Request], httpx.Response]


def look(answer: Answer, url: str = URL, *, bytes_max: int = 100_000) -> Seen:
    probe = HttpProbe(transport=httpx.MockTransport(answer), bytes_max=bytes_max)
    try:
        return probe.look(url, MARKERS, ORIGINS)
    finally:
        probe.close()


def page(status: int, text: str = "", kind: str = "text/html; charset=utf-8") -> Answer:
    return lambda _request: httpx.Response(
        status, content=text.encode(), headers={"content-type": kind}
    )


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        (page(200, "<h1>bike-1</h1>"), Seen.UP),
        (page(200, "<p>A blue\n bike <b>with</b> three&#32;gears</p>"), Seen.UP),
        (page(200, "<a href='/ads/bike-1'>x</a>"), Seen.UP),
        (page(200, "<p>No such ad here</p>"), Seen.DOWN),
        (page(404, "bike-1 is gone"), Seen.DOWN),
        (page(410), Seen.DOWN),
        (page(451), Seen.DOWN),
        (page(500, "bike-1"), Seen.UNREACHABLE),
        (page(403), Seen.UNREACHABLE),
        (page(429), Seen.UNREACHABLE),
        (page(200, '{"ads": [{"id": "bike-1"}]}', "application/json"), Seen.UP),
        (page(200, '{"id": "bike-1", "visible": false}', "application/json"), Seen.DOWN),
        (page(200, '{"ads": []}', "application/json"), Seen.DOWN),
        (page(200, "{bike-1", "application/json"), Seen.UNREACHABLE),
        (page(200, "bike-1", "text/html; charset=no-such-thing"), Seen.UP),
    ],
)
def test_what_a_probe_sees(answer: Answer, seen: Seen) -> None:
    assert look(answer) is seen


def test_escaped_json_is_read() -> None:
    text = json.dumps({"title": "Ein grünes Rad, fast neu"})
    probe = HttpProbe(transport=httpx.MockTransport(page(200, text, "application/json")))
    assert probe.look(URL, ("Ein grünes Rad, fast neu",), ORIGINS) is Seen.UP


def test_redirects_stay_at_home() -> None:
    def within(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/ads/bike-1":
            return httpx.Response(301, headers={"location": "/new/bike-1"})
        return httpx.Response(200, text="bike-1")

    def away(request: httpx.Request) -> httpx.Response:
        assert request.url.host == "ads.example.com", "never leaves"
        return httpx.Response(302, headers={"location": "https://other.example.org/"})

    def round_and_round(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"location": "/ads/bike-1"})

    assert look(within) is Seen.UP
    assert look(away) is Seen.UNREACHABLE
    assert look(round_and_round) is Seen.UNREACHABLE


def test_a_page_without_end_is_cut_and_proves_nothing() -> None:
    assert look(page(200, "x" * 200), bytes_max=100) is Seen.UNREACHABLE
    assert look(page(200, "bike-1" + "x" * 200), bytes_max=100) is Seen.UP


def test_no_answer_is_no_sign_of_anything() -> None:
    def fails(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no", request=request)

    assert look(fails) is Seen.UNREACHABLE


@pytest.mark.parametrize(
    "url", ["http://ads.example.com/ads/bike-1", "https://other.example.org/", "file:///etc/hosts"]
)
def test_a_probe_outside_the_registered_origins_is_a_breach(url: str) -> None:
    with pytest.raises(Breach):
        look(page(200, "bike-1"), url)


# The webhook


class _Site(BaseHTTPRequestHandler):
    """A site that listens: keeps what it got, answers what the test says."""

    def do_POST(self) -> None:
        server: _Server = self.server  # type: ignore[assignment]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server.got.append((self.headers[HEADER], body))
        self.send_response(server.status)
        self.end_headers()
        self.wfile.write(server.says)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    got: list[tuple[str, bytes]]
    status: int
    says: bytes


@pytest.fixture
def listener() -> Iterator[_Server]:
    server = _Server(("127.0.0.1", 0), _Site)
    server.got, server.status, server.says = [], 200, b""
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def hook_to(server: _Server, time: HandTime) -> Webhook:
    url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    return Webhook(url, Sealed(SECRET.decode(), label="secret"), time=time)


def test_a_push_arrives_signed_and_may_be_acknowledged_at_once(listener: _Server) -> None:
    time = HandTime()
    hook = hook_to(listener, time)
    body = b'{"number":1}'
    assert hook.push(SITE, body) is None
    listener.says = b'{"site_time": 1790000000005}'
    assert hook.push(SITE, body) == 1_790_000_000_005
    header, got = listener.got[0]
    assert got == body
    assert signature_holds(SECRET, header, got, time.now())
    assert hook.wanted(SITE)
    hook.close()


def test_without_a_url_there_is_no_webhook_and_a_short_secret_is_refused() -> None:
    assert not Webhook("", Sealed("", label="secret")).wanted(SITE)
    with pytest.raises(Refusal):
        Webhook("http://127.0.0.1:9/hook", Sealed("short", label="secret"))


def test_a_site_that_does_not_take_it_is_an_outage(listener: _Server) -> None:
    hook = hook_to(listener, HandTime())
    listener.status = 503
    with pytest.raises(Outage):
        hook.push(SITE, b"{}")
    listener.status = 302
    with pytest.raises(Outage):
        hook.push(SITE, b"{}")
    hook.close()


def test_nobody_listening_is_an_outage() -> None:
    def fails(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no", request=request)

    secret = Sealed(SECRET.decode(), label="secret")
    hook = Webhook("http://127.0.0.1:9/hook", secret, transport=httpx.MockTransport(fails))
    with pytest.raises(Outage):
        hook.push(SITE, b"{}")


@given(
    body=st.binary(max_size=80),
    at=st.integers(10**12, 2 * 10**12),
    flip=st.integers(min_value=0),
    late=st.integers(-10 * MINUTE, 10 * MINUTE),
)
def test_a_signature_holds_for_these_bytes_and_five_minutes(
    body: bytes, at: int, flip: int, late: int
) -> None:
    header = signature(SECRET, Millis(at), body)
    assert signature_holds(SECRET, header, body, Millis(at + late)) == (abs(late) <= 5 * MINUTE)
    assert not signature_holds(SECRET, header, body + b"x", Millis(at))
    assert not signature_holds(b"another secret of mine", header, body, Millis(at))
    place = flip % len(header)
    wrong = header[:place] + ("0" if header[place] != "0" else "1") + header[place + 1 :]
    assert not signature_holds(SECRET, wrong, body, Millis(at))
