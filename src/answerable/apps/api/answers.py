"""How failures and receipts look on the wire: one shape for all, one place that makes it."""

import base64
import hashlib
import json
from typing import Any

from fastapi.concurrency import run_in_threadpool as in_thread
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse

from answerable.access.model import ApiToken, Forbidden, NotLoggedIn, Scope, TooManyAttempts
from answerable.adapters.sql.work import SqlWork
from answerable.alerts.model import TooManyLookups
from answerable.apps.wiring import House
from answerable.events.promises import Promise
from answerable.events.sealing import commit_key
from answerable.kernel.canonical import strict_json
from answerable.kernel.errors import Breach, Conflict, NotFound, Outage, Refusal
from answerable.kernel.ids import EventId
from answerable.kernel.limits import JSON_BODY_BYTES_MAX
from answerable.kernel.requests import RequestKey
from answerable.ledger.head import TreeHead

RETRY_AFTER_SECONDS = 1
KEY_CHARS_MAX = 200


class TooLarge(Refusal):
    """The body is larger than this door takes."""


class Unprocessable(Refusal):
    """The body is not what this door takes; `details["faults"]` says where and why."""


async def read_body(request: Request, limit: int = JSON_BODY_BYTES_MAX) -> bytes:
    """The whole body, bounded while it streams in. Raises TooLarge."""
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > limit:
            raise TooLarge("the body is too large", bytes_max=limit)
    return bytes(raw)


def parse(raw: bytes, model: type[BaseModel]) -> Any:
    """Strict JSON, then the model. Raises Unprocessable with every fault named, no value quoted."""
    try:
        return model.model_validate(strict_json(raw))
    except ValidationError as fault:
        faults = faults_of(fault)
        raise Unprocessable("the body is not what this door takes", faults=faults) from None
    except Refusal as refusal:
        raise Unprocessable(refusal.reason) from None


def faults_of(fault: ValidationError) -> list[dict[str, str]]:
    """Where and why, never what: a refused value may be private."""
    found = fault.errors(include_url=False, include_input=False, include_context=False)
    return [{"where": ".".join(str(part) for part in e["loc"]), "why": e["msg"]} for e in found]


_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (NotLoggedIn, 401),
    (Forbidden, 403),
    (NotFound, 404),
    (Conflict, 409),
    (TooLarge, 413),
    (TooManyAttempts, 429),
    (TooManyLookups, 429),
    (Unprocessable, 422),
    (Refusal, 422),
    (Outage, 503),
    (Breach, 500),
)


def failure(fault: Exception) -> JSONResponse:
    """The answer for one of the three failures. A Breach says nothing of its inside."""
    status = next(code for kind, code in _STATUS if isinstance(fault, kind))
    headers = {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if status in (429, 503):
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    if isinstance(fault, Refusal):
        body: dict[str, Any] = {"error": fault.reason, **_plain(fault.details)}
    elif isinstance(fault, Outage):
        body = {"error": "not now: try again under the same key"}
    else:
        body = {"error": "an invariant is broken; people have been told"}
    return JSONResponse(body, status_code=status, headers=headers)


def _plain(details: dict[str, object]) -> dict[str, Any]:
    return {k: v for k, v in json.loads(json.dumps(details, default=str)).items() if k != "error"}


def receipt_of(house: House, work: SqlWork, event: EventId, promise: Promise) -> dict[str, Any]:
    """The receipt: the signed promise, the way to the proof, and the opening of this one event."""
    recorded = work.open_leaf(event)
    leaf = promise.leaf_hash.hex()
    signed = house.keys.promises().promise(
        promise.leaf_hash,
        promise.received,
        promise.due,
        TreeHead(origin=house.facts.origin, size=promise.after_size, root=promise.after_root),
    )
    return {
        "promise": signed,
        "leaf_hash": leaf,
        "received": promise.received,
        "due": promise.due,
        "proof_url": f"{house.settings.base_url}/v1/proofs/{leaf}.tlog-proof",
        "opening": {
            "envelope": recorded.envelope.decode("utf-8"),
            "ek": base64.b64encode(recorded.ek).decode("ascii"),
            "groups": {
                name: {
                    "key": base64.b64encode(commit_key(secret)).decode("ascii"),
                    "body": body.decode("utf-8"),
                }
                for name, (secret, body) in work.open_groups(house.site, event).items()
                if body is not None
            },
        },
    }


def key_of(request: Request, raw: bytes) -> RequestKey | None:
    """The caller's Idempotency-Key for these bytes, if there is one. Raises Unprocessable."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not 0 < len(key) <= KEY_CHARS_MAX:
        raise Unprocessable("an Idempotency-Key has 1 to 200 characters")
    return RequestKey(key=key, request_sha256=hashlib.sha256(raw).digest())


async def token_of(house: House, request: Request, scope: Scope) -> ApiToken:
    """The token that opens this door. Raises NotLoggedIn or Forbidden."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise NotLoggedIn("this door needs a bearer token")
    return await in_thread(house.authenticate, token.strip(), scope)
