"""Whose duties a site takes on: the jurisdictions it serves, said in the record.

An auditor can so tell a duty that does not apply from one that was left out.
"""

from collections.abc import Iterable

from answerable.access.decide import require
from answerable.access.model import Actor, Permission
from answerable.cases.store import CasesWork
from answerable.events.duties.clocks import JURISDICTIONS
from answerable.events.house import SiteServes
from answerable.events.work import Runs
from answerable.kernel.errors import Refusal
from answerable.kernel.ids import Site

REASON_CHARS_MAX = 500


class Serve:
    """Take on the duties of jurisdictions. Clocks that run already run on as they were."""

    def __init__(self, runs: Runs[CasesWork]) -> None:
        self._runs = runs

    def served(self, site: Site) -> frozenset[str]:
        return self._runs.read(lambda work: work.cases.served(site))

    def __call__(
        self, site: Site, by: Actor, jurisdictions: Iterable[str], reason: str
    ) -> frozenset[str]:
        """Serve these as well. Saying again what holds records nothing.

        Raises Forbidden, or Refusal for a place without duties in the table or without a reason.
        """
        require(by, Permission.DUTY_SET, site)
        named = frozenset(name.strip().upper() for name in jurisdictions)
        if strange := sorted(named - set(JURISDICTIONS)):
            known = ", ".join(f"{code} ({name})" for code, name in JURISDICTIONS.items())
            raise Refusal(f"no duties are declared for {', '.join(strange)}; known: {known}")
        if not reason.strip() or len(reason) > REASON_CHARS_MAX:
            raise Refusal("say why, in a line", chars_max=REASON_CHARS_MAX)

        def fn(work: CasesWork) -> frozenset[str]:
            before = work.cases.served(site)
            after = before | named
            if after != before:
                work.cases.put_served(site, after)
                work.record(
                    SiteServes(
                        site=site,
                        subject=work.cases.site_subject(site),
                        happened=work.now(),
                        known=work.now(),
                        actor=by.id,
                        org=by.organisation,
                        jurisdictions=sorted(after),
                        reason=reason,
                        approvers=[by.id],
                    )
                )
            return after

        return self._runs.run(fn)
