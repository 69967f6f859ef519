"""reports.document.fields: where each field that a site delivers comes out in a report.

A duty, not a description: a test fills every field with a mark of its own and looks for it at each
place named here, and another walks facts.py to see that no field is missing from this table.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from answerable.reports.document import facts as f
from answerable.reports.document import model as m
from answerable.reports.document.files import FileToSend
from answerable.reports.document.walk import presence

_PAGE = "report/internetDetails/webPageIncident"
_PERSON = "report/personOrUserReported"
_BILL = f"{_PERSON}/associatedAccount"
_PAIR = "fileDetails/details/nameValuePair/value"

Values = Iterable[object]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeField:
    """`name` in the words of intake v1; `of` reads it from the facts; `where` it comes out.

    A place is a schema path of `<report>` or `<fileDetails>`, or `file:words` for the text file.
    """

    name: str
    of: Callable[[f.AdFacts, f.RevisionFacts], Values]
    where: tuple[str, ...]


def _row(name: str, of: Callable[[f.AdFacts, f.RevisionFacts], Values], *where: str) -> IntakeField:
    return IntakeField(name=name, of=of, where=where)


def _account(read: Callable[[f.AccountFacts], Values]) -> Callable[..., Values]:
    return lambda _ad, revision: read(revision.account) if revision.account else ()


def _payment(read: Callable[[f.PaymentFacts], object]) -> Callable[..., Values]:
    return lambda _ad, revision: [read(revision.payment)] if revision.payment else ()


def _connections(read: Callable[[f.ConnectionFacts], object]) -> Callable[..., Values]:
    return lambda _ad, revision: [read(one) for one in revision.connections]


def _attachments(read: Callable[[f.AttachmentFacts], object]) -> Callable[..., Values]:
    return lambda _ad, revision: [read(one) for one in revision.attachments]


INTAKE_FIELD_MAP: tuple[IntakeField, ...] = (
    _row("external_id", lambda ad, _: [ad.external_id], f"{_PAGE}/additionalInfo", _PAIR),
    _row("section", lambda _, one: [one.section], f"{_PAGE}/additionalInfo", _PAIR),
    _row("place.city", lambda _, one: [one.place.get("city")], f"{_PERSON}/estimatedLocation/city"),
    _row(
        "place.region",
        lambda _, one: [one.place.get("region")],
        f"{_PERSON}/estimatedLocation/region",
    ),
    _row(
        "place.country",
        lambda _, one: [one.place.get("country")],
        f"{_PERSON}/estimatedLocation/countryCode",
    ),
    _row(
        "place (any key)",
        lambda _, one: one.place.values(),
        f"{_PAGE}/additionalInfo",
        _PAIR,
    ),
    _row("language", lambda _, one: [one.language], f"{_PAGE}/additionalInfo", _PAIR),
    _row("text", lambda _, one: [*one.texts, *one.texts.values()], "file:words"),
    _row(
        "attachments.sha256",
        _attachments(lambda one: one.sha256),
        "fileDetails/originalFileHash",
        f"{_PAGE}/additionalInfo",
    ),
    _row(
        "attachments.media_type",
        _attachments(lambda one: one.media_type),
        "fileDetails/additionalInfo",
        f"{_PAGE}/additionalInfo",
    ),
    _row(
        "attachments.original_name",
        _attachments(lambda one: one.original_name),
        "fileDetails/originalFileName",
        f"{_PAGE}/additionalInfo",
    ),
    _row(
        "attachments.uploaded_at",
        _attachments(lambda one: one.uploaded_at),
        "fileDetails/uploadedToEspTimestamp",
        f"{_PAGE}/additionalInfo",
    ),
    _row(
        "attachments.url",
        _attachments(lambda one: one.url),
        "fileDetails/locationOfFile",
        f"{_PAGE}/additionalInfo",
    ),
    _row(
        "account.id",
        _account(lambda one: [one.id]),
        f"{_PERSON}/espIdentifier",
        f"{_PAGE}/additionalInfo",
    ),
    _row("account.created", _account(lambda one: [one.created]), f"{_PERSON}/additionalInfo"),
    _row("account.names", _account(lambda one: one.names), f"{_PERSON}/displayName"),
    _row(
        "account.emails.address",
        _account(lambda one: [email.address for email in one.emails]),
        f"{_PERSON}/personOrUserReportedPerson/email",
    ),
    _row(
        "account.emails.verified_at",
        _account(lambda one: [email.verified_at for email in one.emails]),
        f"{_PERSON}/personOrUserReportedPerson/email/@verificationDate",
    ),
    _row(
        "account.phones.number",
        _account(lambda one: [phone.number for phone in one.phones]),
        f"{_PERSON}/personOrUserReportedPerson/phone",
    ),
    _row(
        "account.phones.verified_at",
        _account(lambda one: [phone.verified_at for phone in one.phones]),
        f"{_PERSON}/personOrUserReportedPerson/phone/@verificationDate",
    ),
    _row("account.profile_url", _account(lambda one: [one.profile_url]), f"{_PERSON}/profileUrl"),
    _row("connections.ip", _connections(lambda one: one.ip), f"{_PERSON}/ipCaptureEvent/ipAddress"),
    _row("connections.port", _connections(lambda one: one.port), f"{_PERSON}/ipCaptureEvent/port"),
    _row("connections.at", _connections(lambda one: one.at), f"{_PERSON}/ipCaptureEvent/dateTime"),
    _row(
        "connections.event",
        _connections(lambda one: one.event),
        f"{_PERSON}/ipCaptureEvent/eventName",
    ),
    _row(
        "connections.proxy",
        _connections(lambda one: one.proxy),
        f"{_PERSON}/ipCaptureEvent/possibleProxy",
    ),
    _row("connections.device", _connections(lambda one: one.device), f"{_PERSON}/deviceId/idValue"),
    _row("payment.processor", _payment(lambda one: one.processor), f"{_BILL}/platform"),
    _row("payment.token", _payment(lambda one: one.token), f"{_BILL}/espIdentifier"),
    _row("payment.last4", _payment(lambda one: one.last4), f"{_BILL}/additionalInfo"),
    _row("payment.payer_name", _payment(lambda one: one.payer_name), f"{_BILL}/displayName"),
    _row("payment.amount", _payment(lambda one: one.amount), f"{_BILL}/additionalInfo"),
    _row("payment.at", _payment(lambda one: one.at), f"{_BILL}/additionalInfo"),
    _row(
        "payment.merchant_of_record",
        _payment(lambda one: one.merchant_of_record),
        f"{_BILL}/additionalInfo",
    ),
    _row("provenance", lambda _, one: [one.provenance], f"{_PAGE}/additionalInfo", _PAIR),
    _row("source", lambda _, one: [one.source], f"{_PAGE}/additionalInfo", _PAIR),
    _row("spooled_at", lambda _, one: [one.spooled_at], f"{_PAGE}/additionalInfo", _PAIR),
)


def held(case: f.CaseFacts) -> list[str]:
    """The schema paths for which the site delivered something, each once."""
    return list(
        dict.fromkeys(
            row.where[0]
            for row in INTAKE_FIELD_MAP
            for ad in case.ads
            for revision in ad.revisions
            if any(value not in (None, "") for value in row.of(ad, revision))
            and not row.where[0].startswith("file:")
        )
    )


def left_out(case: f.CaseFacts, report: m.Report, files: Sequence[FileToSend]) -> list[str]:
    """Paths for which the site held something, and which the report or its files leave empty.

    With `walk.presence` this is the *presence* group of `report.finished`: never a value.
    """
    filled = set(presence(report, *(file.description for file in files)))
    return [path for path in held(case) if path not in filled]
