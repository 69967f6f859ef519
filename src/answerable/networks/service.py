"""Which ads belong together, and why."""

from answerable.events.work import Runs
from answerable.kernel.ids import AdId, Site
from answerable.networks.model import Link
from answerable.networks.store import NetworksWork

LINKS_MAX = 200


class LinksOf:
    """The links of one ad. Reads only."""

    def __init__(self, runs: Runs[NetworksWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, ad: AdId) -> tuple[Link, ...]:
        return tuple(self._runs.read(lambda work: work.networks.links(site, ad, limit=LINKS_MAX)))
