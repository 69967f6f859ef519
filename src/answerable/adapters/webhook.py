"""The signed webhook: tells the site of a directive at once. Implements ads' DirectivePush.

`POST` of the directive as JSON, with `Answerable-Signature: t=<ms>,v1=<hex>` where v1 is
HMAC-SHA256(secret, "<ms>." body). A site answers 2xx; if its answer is `{"site_time": ms}` that
acknowledges the directive, otherwise it is sent again until the site does so over the API.
"""

import hmac
import json

import httpx

from answerable.adapters.authorities import authorities
from answerable.adapters.clock import SystemTime
from answerable.kernel.errors import Outage, Refusal, insist
from answerable.kernel.ids import Site
from answerable.kernel.sealed import Sealed
from answerable.kernel.time import MINUTE, Millis, TimeSource

HEADER = "Answerable-Signature"
SECONDS_MAX = 10.0
ANSWER_BYTES_MAX = 64 * 1024
TOLERANCE = 5 * MINUTE
SECRET_BYTES_MIN = 16


class Webhook:
    """Delivers directives to the site's hook; an empty `url` means that there is none."""

    def __init__(
        self,
        url: str,
        secret: Sealed[str],
        *,
        time: TimeSource | None = None,
        seconds: float = SECONDS_MAX,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._key = secret.open().encode()
        if url and len(self._key) < SECRET_BYTES_MIN:
            raise Refusal(f"a webhook secret has {SECRET_BYTES_MIN} bytes or more")
        self._url, self._time = url, time or SystemTime()
        self._client = httpx.Client(
            timeout=seconds,
            follow_redirects=False,
            trust_env=False,
            transport=transport,
            verify=authorities(),
        )

    def close(self) -> None:
        self._client.close()

    def wanted(self, site: Site) -> bool:
        return bool(self._url)

    def push(self, site: Site, body: bytes) -> Millis | None:
        """The site's own time if its answer acknowledges, else None. Raises Outage."""
        insist(self.wanted(site), "no webhook is set")
        headers = {
            "Content-Type": "application/json",
            HEADER: signature(self._key, self._time.now(), body),
        }
        try:
            answer = self._client.post(self._url, content=body, headers=headers)
        except httpx.HTTPError as fault:
            raise Outage("the site's webhook did not answer") from fault
        if not answer.is_success:
            raise Outage(f"the site's webhook answered {answer.status_code}")
        return _site_time(answer.content[:ANSWER_BYTES_MAX])


def signature(secret: bytes, at: Millis, body: bytes) -> str:
    """The header's value: `t=<ms>,v1=<64 hex digits>`."""
    return f"t={at},v1={hmac.digest(secret, f'{at}.'.encode() + body, 'sha256').hex()}"


def signature_holds(secret: bytes, header: str, body: bytes, now: Millis) -> bool:
    """What a site checks: right for these bytes, and no older or newer than five minutes."""
    stamp, comma, _ = header.partition(",")
    if not comma or not stamp.startswith("t=") or not stamp[2:].isdigit() or len(stamp) > 20:
        return False
    at = Millis(int(stamp[2:]))
    right = hmac.compare_digest(signature(secret, at, body).encode(), header.encode("utf-8"))
    return right and abs(now - at) <= TOLERANCE


def _site_time(body: bytes) -> Millis | None:
    try:
        value = json.loads(body)
    except ValueError:
        return None
    said = value.get("site_time") if isinstance(value, dict) else None
    return Millis(said) if isinstance(said, int) and not isinstance(said, bool) else None
