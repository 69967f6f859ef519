"""The site's client of the API: typed enough, retried by whoever calls it, over HTTP only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from answerable.kernel.errors import Outage, Refusal

POLL_MS = 10_000
PAGE = 500  # directives read, done and acknowledged at once: as many as the API gives


class Unreached(Outage):
    """Nothing was delivered: no connection was made. So the same words may still be said anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One directive as the feed gives it."""

    number: int
    directive: str
    external_id: str
    action: str
    revision: int
    complain_until: int = 0  # a person took it down: the poster may complain until then, ms
    credit_ms: int = 0  # for how long the ad was not seen; the site credits that time


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question as its feed gives it: ad by ad, what a report lacks."""

    number: int
    question: str
    items: tuple[tuple[str, tuple[str, ...]], ...]  # external id, wanted fields


class ApiClient:
    """Posts what people do, reads what has to be done, says that it is done."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        poll_ms: int = POLL_MS,
        client: httpx.Client | None = None,
    ) -> None:
        self._poll_ms = poll_ms
        self._client = client or httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(10.0, read=poll_ms / 1000 + 10),
            trust_env=False,
        )

    def close(self) -> None:
        self._client.close()

    def post(self, path: str, body: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        """Raises Outage (try again under the same key), or Refusal (it was never taken)."""
        return self._answer("POST", path, json=dict(body), headers={"Idempotency-Key": key})

    def put_file(self, content: bytes, media_type: str) -> str:
        """The SHA-256 by which a revision names the file."""
        answer = self._answer(
            "PUT", "/v1/files", content=content, headers={"Content-Type": media_type}
        )
        return str(answer["sha256"])

    def directives(self, after: int) -> list[Told]:
        """What is new, waiting for it; in order, without gaps."""
        answer = self._answer(
            "GET", f"/v1/directives?after={after}&limit={PAGE}&wait_ms={self._poll_ms}"
        )
        return [
            Told(
                number=row["number"],
                directive=row["directive"],
                external_id=row["external_id"],
                action=row["action"],
                revision=row["revision"],
                complain_until=int((row.get("statement") or {}).get("complain_until", 0)),
                credit_ms=int((row.get("credit") or {}).get("down_ms", 0)),
            )
            for row in answer["directives"]
        ]

    def questions(self, after: int) -> list[Asked]:
        """What is asked, waiting for it; in order, without gaps."""
        answer = self._answer("GET", f"/v1/questions?after={after}&wait_ms={self._poll_ms}")
        return [
            Asked(
                number=row["number"],
                question=row["question"],
                items=tuple((one["external_id"], tuple(one["want"])) for one in row["items"]),
            )
            for row in answer["questions"]
        ]

    def acknowledge(self, directives: Sequence[str], site_time: int) -> list[str]:
        """All in one call. The names of those that the API does not know."""
        acks = [{"directive": name, "site_time": site_time} for name in directives]
        answer = self._answer("POST", "/v1/directives/acks", json={"acks": acks})
        rows = zip(directives, answer["directives"], strict=True)
        return [name for name, row in rows if "error" in row]

    def _answer(self, method: str, path: str, **more: Any) -> Mapping[str, Any]:
        try:
            answer = self._client.request(method, path, **more)
        except (httpx.ConnectError, httpx.ConnectTimeout) as fault:
            raise Unreached("the API is not there") from fault
        except httpx.HTTPError as fault:
            raise Outage(f"the API did not answer: {type(fault).__name__}") from fault
        # A token that is not taken today must lose nothing that people said meanwhile.
        if answer.status_code >= 500 or answer.status_code in (401, 403, 429):
            raise Outage(f"the API answers {answer.status_code}")
        try:
            body: Mapping[str, Any] = answer.json()
        except ValueError as fault:
            raise Outage(f"the API answers {answer.status_code} without words") from fault
        if answer.status_code >= 400:
            raise Refusal(str(body.get("error", answer.status_code)), status=answer.status_code)
        return body
