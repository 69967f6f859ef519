"""What a report has and lacks, what the site was asked, the form in which a reviewer tells more.

The form speaks intake v1 and is checked by the same models as the site's own answer.
"""

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from answerable.adapters.sql.work import SqlWork
from answerable.apps.api import intake
from answerable.apps.api.answers import faults_of
from answerable.apps.api.questions import told_of
from answerable.apps.console.incident import people_of
from answerable.apps.console.telling import Line, history
from answerable.apps.console.visit import Desk, Form
from answerable.apps.reporting import esp_facts
from answerable.events.reports import FactsAsked, FactsTold
from answerable.kernel.errors import Refusal
from answerable.reports.asking import Told, case_subject, standing_of
from answerable.reports.completeness import Completeness, Item, Source, Want
from answerable.reports.model import Duty, Question

EVENTS = {"upload": "posted the ad", "login": "log-in", "registration": "registration"}
WANTS = {
    Want.ACCOUNT_ID: "the account's id",
    Want.NAMES: "names",
    Want.EMAILS: "e-mail address",
    Want.PHONES: "phone",
    Want.PROFILE: "profile address",
    Want.CREATED: "when it was made",
    Want.UPLOAD: "the posting connection",
    Want.LOGIN: "another connection",
    Want.PORTS: "port and time",
    Want.DEVICE: "a device",
    Want.PAYMENT: "a payment",
}
WHO = {
    Source.SITE: "The site could say",
    Source.REVIEWER: "A reviewer could add",
    Source.OPERATOR: "The operator could set",
}
_PAID = ("processor", "last4", "payer_name", "amount")


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsView:
    """The panel: the score, what is missing by who could say it, the question, what was told."""

    score: Completeness
    missing: tuple[tuple[str, tuple[Item, ...]], ...]
    question: Question | None
    lines: tuple[Line, ...]


def facts_of(work: SqlWork, desk: Desk, duty: Duty) -> FactsView | None:
    """None where words of its ads are erased: there is nothing to count any more."""
    standing = standing_of(work, duty, esp_facts(desk.house.settings))
    if standing is None:
        return None
    chain = work.chain_of(duty.site, case_subject(work, duty))
    mine = (
        r
        for r in chain
        if isinstance(r.event, FactsAsked | FactsTold) and r.event.report == duty.id
    )
    return FactsView(
        score=standing.score,
        missing=missing_by_source(standing.score),
        question=standing.question,
        lines=history(mine, people_of(work, duty.site)),
    )


def missing_by_source(score: Completeness) -> tuple[tuple[str, tuple[Item, ...]], ...]:
    """What is missing, under whoever could supply it."""
    found = ((WHO[source], score.missing_of(source)) for source in Source)
    return tuple((who, items) for who, items in found if items)


def read(form: Form, ads: tuple[str, ...]) -> Told:
    """What was typed. Raises Refusal that names the field, and quotes nothing."""
    ad = form.one("ad") or (ads[0] if len(ads) == 1 else "")
    if ad not in ads:
        raise Refusal("say which ad this is about")
    item: dict[str, Any] = {"external_id": ad} | _account(form) | _connection(form)
    paid = {name: form.one(name) for name in _PAID if form.one(name)}
    if paid:
        item["payment"] = paid
    if form.one("note"):
        item["note"] = form.one("note")
    never = list(form.many("not_held"))
    body: dict[str, Any] = {"items": [item] if len(item) > 1 else []}
    if never:
        body["not_held"] = [{"external_id": ad, "fields": never}]
    try:
        said = intake.AnswerIn.model_validate(body)
    except ValidationError as fault:
        named = ((one["where"].rpartition(".")[2], one["why"]) for one in faults_of(fault))
        raise Refusal("; ".join(f"{where}: {why}" for where, why in named)) from None
    return told_of(said)


def _account(form: Form) -> dict[str, Any]:
    account: dict[str, Any] = {}
    if form.one("account"):
        account["id"] = form.one("account")
    if form.one("email"):
        account["emails"] = [{"address": form.one("email")}]
    if form.one("phone"):
        account["phones"] = [{"number": form.one("phone")}]
    if form.one("profile_url"):
        account["profile_url"] = form.one("profile_url")
    return {"account": account} if account else {}


def _connection(form: Form) -> dict[str, Any]:
    ip, port = form.one("ip"), form.one("port")
    rest = {name: form.one(name) for name in ("at", "device", "event") if form.one(name)}
    if not ip:
        if port or rest.keys() - {"event"}:
            raise Refusal("a connection has an IP address")
        return {}
    if port and not (port.isascii() and port.isdigit()):
        raise Refusal("a port is a number from 1 to 65535")
    return {"connections": [{"ip": ip, **({"port": int(port)} if port else {}), **rest}]}
