"""The doors of alerts: one from anybody, many from a registered source or a token of its own.

An alert is never lost for a wrong key: with a signature that does not hold it is taken as
anybody's, and the answer says so. A batch needs a sender that we know.
"""

import asyncio
from typing import Any

from fastapi import Request
from fastapi.concurrency import run_in_threadpool as in_thread
from pydantic import ValidationError
from starlette.responses import JSONResponse

from answerable.access.model import Forbidden, NotLoggedIn, Scope
from answerable.alerts.decide import read_alert
from answerable.alerts.model import AlertAnswer, AlertCommand
from answerable.alerts.sources import Sender, read_signed
from answerable.apps.api import intake
from answerable.apps.api.answers import Unprocessable, faults_of, parse, read_body, receipt_of
from answerable.apps.wiring import House
from answerable.kernel.errors import Conflict, Refusal

BATCH_BYTES_MAX = 64 * 1024 * 1024


class AlertDoors:
    """One method a door. Failures are raised; app.py makes answers of them."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def post_alert(self, request: Request) -> JSONResponse:
        """Anyone's word about an ad or anything else. No account, no proof, no token."""
        house, raw = self._house, await read_body(request)
        sender, why = await in_thread(_sender_or_why, house, request, raw)
        nonce = None if sender is None else sender.nonce
        command = alert_command(house, parse(raw, intake.AlertIn), nonce)
        body = await in_thread(self._take, command, sender)
        if sender is not None:
            body["sender"] = await in_thread(_told_of, house, sender)
        elif why is not None:
            body["sender"] = {"known": False, "why": why}
        return JSONResponse(body, status_code=201)

    async def post_batch(self, request: Request) -> JSONResponse:
        """Up to 1,000 alerts of one known sender; each is taken or refused by itself."""
        house, raw = self._house, await read_body(request, BATCH_BYTES_MAX)
        sender = await in_thread(sender_of, house, request, raw)
        if sender is None:
            raise NotLoggedIn("a batch is signed by a registered source, or has a token for alerts")
        batch = parse(raw, intake.AlertBatchIn)
        answers: list[dict[str, Any]] = []
        for each in batch.alerts:  # one after the other: each is a transaction and a receipt
            answers.append(await in_thread(self._take_or_say, each, sender))
            await asyncio.sleep(0)  # whoever alerts us meanwhile need not wait for the batch
        told = await in_thread(_told_of, house, sender)
        return JSONResponse({"alerts": answers, "sender": told})

    def _take_or_say(self, raw: dict[str, Any], sender: Sender) -> dict[str, Any]:
        """The receipt, or what is wrong with this one. An Outage stops all: send the batch again,
        and those that were taken answer as before."""
        try:
            said = intake.AlertIn.model_validate(raw)
            if said.nonce is None:
                raise Unprocessable("an alert of a batch has its own nonce")
            return self._take(alert_command(self._house, said), sender)
        except ValidationError as fault:
            return {"error": "not an alert", "faults": faults_of(fault)}
        except Refusal as refusal:
            return {"error": refusal.reason, "nonce": raw.get("nonce")}

    def _take(self, command: AlertCommand, sender: Sender | None) -> dict[str, Any]:
        house = self._house
        answer = house.receive_alert(house.site, command, sender)
        return answer_of(house, answer)


def answer_of(house: House, answer: AlertAnswer) -> dict[str, Any]:
    """What whoever alerts us gets: the receipt, the words, by when we answer."""
    receipt = house.store.read(lambda work: receipt_of(house, work, answer.event, answer.promise))
    return {
        "alert": answer.alert,
        "nonce": answer.nonce,
        "words": answer.words,
        "due_act": answer.due_act,
        "receipt": receipt,
    }


def sender_of(house: House, request: Request, raw: bytes) -> Sender | None:
    """Who sent it, if that was said at all. Raises NotLoggedIn, Forbidden or Conflict."""
    signed = read_signed(dict(request.headers), request.url.path, raw)
    if signed is not None:
        return house.care.know_sender.by_signature(house.site, signed)
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if not token:
        return None
    if kind.lower() != "bearer":
        raise NotLoggedIn("a token is a bearer token")
    known = house.authenticate(token.strip(), Scope.ALERTS)
    return house.care.know_sender.by_token(known.site, known.id)


def _sender_or_why(house: House, request: Request, raw: bytes) -> tuple[Sender | None, str | None]:
    try:
        return sender_of(house, request, raw), None
    except (NotLoggedIn, Forbidden, Conflict) as refusal:
        return None, refusal.reason


def _told_of(house: House, sender: Sender) -> dict[str, Any]:
    """What a sender that we know is told of itself: a warning, or a limit and its end."""
    known = house.care.read_alerter(house.site, sender.known_by)
    limited = known is not None and known.limited_at(house.store.now())
    return {
        "known": True,
        "warned": None if known is None else known.warned,
        "limited_until": known.until if known is not None and limited else None,
    }


def alert_command(house: House, said: intake.AlertIn, nonce: str | None = None) -> AlertCommand:
    """The command of a checked alert; `nonce` stands in where it has none of its own.

    Raises Unprocessable for a role or reason nobody knows.
    """
    raw = {
        "ad": said.ad,
        "about": None if said.about is None else said.about.model_dump(),
        "text": said.text,
        "reasons": said.reasons,
        "alerter": {"role": said.role, "contact": said.contact},
        "nonce": said.nonce,
    }
    try:
        return read_alert(raw, nonce=nonce or house.receive_alert.new_nonce())
    except Refusal as refusal:
        raise Unprocessable(refusal.reason, **refusal.details) from None
