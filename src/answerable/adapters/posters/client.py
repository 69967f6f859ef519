"""The Poster API's client: a token, then pages of posters. Implements watches' PosterSource.

`POST /Auth/Token` `{"clientId", "clientSecret"}` -> `{"accessToken"}`, good for a day;
`GET /Posters?skip=&limit=` -> `{"posters": [...], "count": n}`. A poster, as far as we read it:

    {"id", "organizationCode", "caseNumber", "lastModified",
     "children":   [{"firstName", "middleName", "lastName", "aliases": [text],
                     "missingCity", "missingState", "missingCountry"}],
     "companions": [the same]}

Photos are never asked for. `contacts` are the agencies to call, and are not read. Second-hand: the
API's own page could not be read (docs/watches.md); what does not fit raises, and ends nothing.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from answerable.adapters.authorities import authorities
from answerable.kernel.errors import Breach, Outage, Refusal
from answerable.kernel.limits import SHORT_CHARS_MAX
from answerable.kernel.sealed import Sealed
from answerable.watches.posters import Poster

PAGE = 100
POSTERS_MAX = 100_000  # NCMEC has some thousands: more is another API, or a loop
BODY_BYTES_MAX = 16 * 1024 * 1024
SECONDS_MAX = 30.0
PEOPLE_MAX = 20
NAMES_MAX = 20


class PosterClient:
    """One source of posters. `close` when done. The address is given, and https."""

    def __init__(
        self,
        base_url: str,
        client_id: str,
        client_secret: Sealed[str],
        *,
        seconds: float = SECONDS_MAX,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Raises Refusal for an address that is not https, or without a host."""
        parts = urlsplit(base_url)
        if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment:
            raise Refusal("the address of the posters is https://host[/path]")
        self._base, self._id, self._secret = base_url.rstrip("/"), client_id, client_secret
        self._token: Sealed[str] | None = None
        self._client = httpx.Client(
            timeout=seconds,
            follow_redirects=False,
            trust_env=False,
            transport=transport,
            verify=authorities(),
            headers={"Accept": "application/json"},
        )

    def close(self) -> None:
        self._client.close()

    def posters(self) -> tuple[Poster, ...]:
        """Every poster there is now. Raises Outage unless all of them came, whole.

        Less than all would end watches of children who are still missing.
        """
        found: dict[str, Poster] = {}
        skip, count = 0, None
        while count is None or skip < count:
            page = self._page(skip)
            said = page.get("count")
            rows = page.get("posters")
            if not isinstance(said, int) or isinstance(said, bool) or not isinstance(rows, list):
                raise Outage("the posters' page does not read")
            if said > POSTERS_MAX or (count is not None and said != count):
                raise Outage("the number of posters changed while they were read")
            if not rows and skip < said:
                raise Outage("the posters' list is cut short")
            count, skip = said, skip + len(rows)
            for row in rows:
                poster = read_poster(row)
                found[poster.number] = poster
        if len(found) != count:
            raise Outage("posters stand twice in the list: it changed while it was read")
        return tuple(found.values())

    def _page(self, skip: int) -> Mapping[str, Any]:
        answer = self._get(skip)
        if answer.status_code == httpx.codes.UNAUTHORIZED and self._token is not None:
            self._token = None  # a day is over
            answer = self._get(skip)
        return _json(answer)

    def _get(self, skip: int) -> httpx.Response:
        if self._token is None:
            self._token = self._log_in()
        headers = {"Authorization": f"Bearer {self._token.open()}"}
        query: dict[str, int] = {"skip": skip, "limit": PAGE}
        return self._asked("GET", "/Posters", params=query, headers=headers)

    def _log_in(self) -> Sealed[str]:
        said = {"clientId": self._id, "clientSecret": self._secret.open()}
        token = _json(self._asked("POST", "/Auth/Token", json=said)).get("accessToken")
        if not isinstance(token, str) or not token.isascii() or not token:
            raise Outage("the posters' door gave no token")
        return Sealed(token, label="poster token")

    def _asked(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            with self._client.stream(method, f"{self._base}{path}", **more) as answer:
                raw = bytearray()
                for chunk in answer.iter_bytes():
                    raw += chunk
                    if len(raw) > BODY_BYTES_MAX:
                        raise Outage("the posters' page is too large")
                return httpx.Response(answer.status_code, content=bytes(raw))
        except httpx.HTTPError as fault:
            raise Outage("the posters' source does not answer") from fault


def _json(answer: httpx.Response) -> Mapping[str, Any]:
    if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        raise Breach("the posters' source does not know our client id and secret")
    if answer.status_code != httpx.codes.OK:
        raise Outage(f"the posters' source answered {answer.status_code}")
    try:
        value = json.loads(answer.content)
    except (ValueError, RecursionError) as fault:
        raise Outage("the posters' source answered what is not JSON") from fault
    if not isinstance(value, Mapping):
        raise Outage("the posters' source answered something else")
    return value


def read_poster(raw: Any) -> Poster:
    """A poster's names and places. Raises Outage for one without a number: it could not be kept."""
    if not isinstance(raw, Mapping):
        raise Outage("a poster does not read")
    code, case = raw.get("organizationCode"), raw.get("caseNumber")
    if not (isinstance(code, str) and isinstance(case, str | int) and code and str(case)):
        raise Outage("a poster has no number")
    people = [*_rows(raw, "children"), *_rows(raw, "companions")]
    names = dict.fromkeys(name for one in people for name in _names(one))
    places = dict.fromkeys(place for one in people for place in _places(one))
    return Poster(
        number=f"{code}{case}"[:SHORT_CHARS_MAX], names=tuple(names), places=tuple(places)
    )


def _rows(raw: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    rows = raw.get(name)
    found = [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
    return found[:PEOPLE_MAX]


def _names(person: Mapping[str, Any]) -> Iterator[str]:
    """The whole name, with and without the middle one; other names. A first name says nothing."""
    first, middle, last = (_text(person, key) for key in ("firstName", "middleName", "lastName"))
    if first and last:
        yield f"{first} {last}"
        if middle:
            yield f"{first} {middle} {last}"
    aliases = person.get("aliases")
    if isinstance(aliases, list):
        yield from (
            alias.strip()[:SHORT_CHARS_MAX]
            for alias in aliases[:NAMES_MAX]
            if isinstance(alias, str) and alias.strip()
        )


def _places(person: Mapping[str, Any]) -> Iterator[str]:
    city, state = _text(person, "missingCity"), _text(person, "missingState")
    if city:
        yield f"{city}, {state}" if state else city


def _text(person: Mapping[str, Any], key: str) -> str:
    value = person.get(key)
    return value.strip()[:SHORT_CHARS_MAX] if isinstance(value, str) else ""
