"""The probe: looks at a page of the site as the public would. Implements ads' AdProbe.

It asks nothing but GET, of registered origins only, with a cap on time and bytes. What it cannot
tell is *unreachable*, never *down*: a hide is believed only where its ad was seen to be gone.
"""

import html
import json
import re
import time
from collections.abc import Sequence
from urllib.parse import urljoin

import httpx

from answerable.adapters.authorities import authorities
from answerable.ads.directives import Seen
from answerable.ads.origins import origin_of
from answerable.kernel.errors import Breach, insist

SECONDS_MAX = 10.0
BYTES_MAX = 2 * 1024 * 1024  # a page with its words; pictures are not fetched
REDIRECTS_MAX = 3
GONE = frozenset({404, 410, 451})
_SPACE = re.compile(r"\s+")
_TAG = re.compile(r"<[^>]*>")


class HttpProbe:
    """One client, many looks. `close` when done."""

    def __init__(
        self,
        *,
        seconds: float = SECONDS_MAX,
        bytes_max: int = BYTES_MAX,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._bytes_max, self._seconds = bytes_max, seconds
        self._client = httpx.Client(
            timeout=seconds,
            follow_redirects=False,
            trust_env=False,
            transport=transport,
            verify=authorities(),
            headers={
                "User-Agent": "Answerable-Probe/1",
                "Accept": "text/html,application/json;q=0.9,*/*;q=0.1",
                "Cache-Control": "no-cache",
            },
        )

    def close(self) -> None:
        self._client.close()

    def look(self, url: str, markers: Sequence[str], origins: Sequence[str]) -> Seen:
        """Up: 200 and a marker on the page. Down: gone (404, 410, 451), or 200 without any.

        Raises Breach for a URL outside `origins`: the service should not have asked.
        """
        insist(bool(markers), "an ad is known by something")
        if origin_of(url) not in origins:
            raise Breach("a probe was sent outside the registered origins")
        try:
            return self._look(url, markers, origins)
        except (httpx.HTTPError, httpx.InvalidURL):
            return Seen.UNREACHABLE

    def _look(self, url: str, markers: Sequence[str], origins: Sequence[str]) -> Seen:
        for _hop in range(REDIRECTS_MAX + 1):
            with self._client.stream("GET", url) as answer:
                if answer.status_code in GONE:
                    return Seen.DOWN
                if answer.is_redirect:
                    url = urljoin(url, answer.headers["location"])
                    if origin_of(url) not in origins:
                        return Seen.UNREACHABLE
                    continue
                if answer.status_code != httpx.codes.OK:
                    return Seen.UNREACHABLE
                body, whole = self._read(answer)
                kind = answer.headers.get("content-type", "")
                encoding = answer.charset_encoding or "utf-8"
                return _judge(body, whole, kind, encoding, markers)
        return Seen.UNREACHABLE

    def _read(self, answer: httpx.Response) -> tuple[bytes, bool]:
        """(bytes, whether that is all of them)."""
        body, until = bytearray(), time.monotonic() + self._seconds
        for piece in answer.iter_bytes():
            body += piece
            # The client's time-out is for each read; a page that drips is cut here.
            if len(body) > self._bytes_max or time.monotonic() > until:
                return bytes(body[: self._bytes_max]), False
        return bytes(body), True


def _judge(body: bytes, whole: bool, kind: str, encoding: str, markers: Sequence[str]) -> Seen:
    try:
        text = body.decode(encoding, "replace")
    except LookupError:
        text = body.decode("utf-8", "replace")
    if "json" in kind:
        try:
            value = json.loads(text)
        except ValueError:
            return Seen.UNREACHABLE
        shown = not (isinstance(value, dict) and value.get("visible") is False)
        words = "\n".join(_texts(value)) if shown else ""
    else:
        # Both with and without tags: a marker may stand in an attribute, or run across a tag.
        words = html.unescape(text) + "\n" + html.unescape(_TAG.sub("", text))
    words = _SPACE.sub(" ", words)
    if any(_SPACE.sub(" ", marker) in words for marker in markers):
        return Seen.UP
    return Seen.DOWN if whole else Seen.UNREACHABLE


def _texts(value: object) -> list[str]:
    """Every text in a JSON value, without recursion: the page is a stranger's."""
    found: list[str] = []
    left = [value]
    while left:
        each = left.pop()
        if isinstance(each, str):
            found.append(each)
        elif isinstance(each, int) and not isinstance(each, bool):
            found.append(str(each))
        elif isinstance(each, dict):
            left.extend(each.values())
        elif isinstance(each, list):
            left.extend(each)
    return found
