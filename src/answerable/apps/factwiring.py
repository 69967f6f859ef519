"""Wiring of what reports lack: asked of the site, told, followed up. Part of `House`."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from answerable.adapters.sql.runner import Store
from answerable.adapters.webhook import Webhook
from answerable.apps.reporting import esp_facts
from answerable.apps.settings import Settings
from answerable.events.event import Recorded
from answerable.kernel.ids import Ids
from answerable.kernel.sealed import Sealed
from answerable.reports import asking

FACTS_LANE = (asking.ASK_SITE, asking.PUSH_QUESTION)


class FactServices:
    """What House offers for facts of reports, each made when first asked for."""

    store: Store
    settings: Settings

    @cached_property
    def read_questions(self) -> asking.ReadQuestions:
        return asking.ReadQuestions(self.store)

    @cached_property
    def tell_facts(self) -> asking.TellFacts:
        return asking.TellFacts(self.store, esp_facts(self.settings))

    @cached_property
    def standing_of_report(self) -> asking.ReadStanding:
        return asking.ReadStanding(self.store, esp_facts(self.settings))


def fact_services(
    settings: Settings, store: Store, ids: Ids
) -> dict[str, Callable[[Recorded], None]]:
    """What STORY names, by outbox."""
    secret = Sealed(settings.facts_secret, label="facts hook")
    hook: Any = Webhook(settings.facts_url, secret)
    return {
        asking.ASK_SITE: asking.AskSite(store, ids, esp_facts(settings)),
        asking.PUSH_QUESTION: asking.PushQuestion(store, hook),
    }
