"""Where probes may look: the web origins registered for a site, and nowhere else."""

from urllib.parse import urlsplit

from answerable.ads.directives_store import DirectivesWork
from answerable.events.work import Runs
from answerable.kernel.errors import Refusal
from answerable.kernel.ids import Site


class RegisterOrigin:
    """Probes go to origins registered for the site, and nowhere else."""

    def __init__(self, runs: Runs[DirectivesWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, origin: str, api: str | None = None) -> str:
        """`api`: a URL at that origin with `{external_id}` in it. Returns the origin as kept."""
        kept = origin_of(origin)
        if kept is None or urlsplit(origin).path not in ("", "/"):
            raise Refusal("an origin is http(s)://host or http(s)://host:port", origin=origin)
        if api is not None and (origin_of(api) != kept or "{external_id}" not in api):
            raise Refusal("the API stands at the origin and has {external_id} in it", api=api)
        self._runs.run(lambda work: work.directives.put_origin(site, kept, api))
        return kept


def origin_of(url: str) -> str | None:
    """`scheme://host:port` in lower case with the port always said; None for what is no web URL."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port or (443 if parts.scheme == 'https' else 80)}"
