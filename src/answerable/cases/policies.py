"""The policy on seconds, asked: two people commit the site to it, everybody can read it."""

from dataclasses import dataclass, replace
from typing import Protocol

from answerable.access.consent import CONSENT_LENGTH, Consent, ConsentStore, agree, check_reason
from answerable.access.decide import require
from answerable.access.model import Actor, Permission
from answerable.cases.policy import PREFIX, AfterLapse, Policy, SecondOrg, read_key
from answerable.cases.store import CasesWork
from answerable.events.event import event_header
from answerable.events.policies import SecondPolicySet
from answerable.events.work import Runs
from answerable.kernel.errors import Conflict
from answerable.kernel.ids import Site
from answerable.kernel.time import Millis

WAITING_MAX = 20


class PolicyWork(CasesWork, Protocol):
    """A transaction in which two people can agree on a policy."""

    @property
    def consents(self) -> ConsentStore: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyView:
    """What is in force, and what waits for a second person."""

    policy: Policy
    waiting: tuple[tuple[Policy, Consent], ...]


class SetSecondPolicy:
    """The first call waits for a second person, who asks for exactly the same."""

    def __init__(self, runs: Runs[PolicyWork]) -> None:
        self._runs = runs

    def __call__(
        self, site: Site, by: Actor, second: SecondOrg, lapse: AfterLapse, reason: str
    ) -> Policy | None:
        """The policy now in force, or None: it waits for a second. Raises Forbidden, Conflict
        (in force already) or Refusal (no reason, or the same person twice)."""
        require(by, Permission.POLICY_SET, site)
        check_reason(reason)
        wanted = Policy(second=second, lapse=lapse)

        def work(w: PolicyWork) -> Policy | None:
            present = w.cases.second_policy_held(site, changes=True)
            # Setting what is in force again is of use only to have others answer for it.
            if present.leaf is None and (present.second, present.lapse) == (second, lapse):
                raise Conflict("this is in force already")
            first = agree(w, site, wanted.key, by, reason)
            if first is None:
                return None
            (recorded,) = w.record(
                SecondPolicySet(
                    **event_header(
                        site, w.cases.site_subject(site), by.id, w.now(), org=by.organisation
                    ),
                    second=second.value,
                    lapse=lapse.value,
                    approvers=[first.by, by.id],
                    reason=first.reason,
                )
            )
            made = replace(
                wanted,
                answering=(first.by, by.id),
                leaf=recorded.leaf_hash.hex(),
                since=w.now(),
            )
            w.cases.put_second_policy(site, made)
            w.consents.drop(site, PREFIX)
            return made

        return self._runs.run(work)


class ReadSecondPolicy:
    """What is in force (anybody may know), and what waits (staff)."""

    def __init__(self, runs: Runs[PolicyWork]) -> None:
        self._runs = runs

    def in_force(self, site: Site) -> Policy:
        return self._runs.read(lambda w: w.cases.second_policy(site))

    def __call__(self, site: Site, by: Actor) -> PolicyView:
        """Raises Forbidden."""
        require(by, Permission.CASE_READ, site)

        def work(w: PolicyWork) -> PolicyView:
            since = Millis(w.now() - CONSENT_LENGTH)
            asked = w.consents.waiting(site, PREFIX, since, WAITING_MAX)
            read = ((read_key(consent.what), consent) for consent in asked)
            return PolicyView(
                policy=w.cases.second_policy(site),
                waiting=tuple((policy, one) for policy, one in read if policy is not None),
            )

        return self._runs.read(work)
