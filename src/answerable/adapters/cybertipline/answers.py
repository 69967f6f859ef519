"""adapters.cybertipline.answers: reading an answer's bytes, and judging it by its code.

The verdict is the numeric responseCode in the body; the HTTP status counts only where no code can
be read. Bytes are parsed as they are: the far side is known to name a wrong charset in its header.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from lxml import etree

from answerable.kernel.errors import Outage
from answerable.kernel.ids import TiplineId
from answerable.reports.tipline import (
    AlreadyFinished,
    AlreadyRetracted,
    AnsweredForAnother,
    NoSuchFile,
    NoSuchReport,
    Receipt,
    SchemaFetched,
    StateAnswer,
    TiplineRefused,
)

ANSWER_BYTES_MAX = 1024 * 1024
SCHEMA_BYTES_MAX = 4 * ANSWER_BYTES_MAX
"""The schema of November 2025 has some 150 KiB."""

_ROOTS = ("reportResponse", "reportDoneResponse")
_SCHEMA_ROOT = "{http://www.w3.org/2001/XMLSchema}schema"
_NUMBER = re.compile(r"-?[0-9]{1,10}", re.ASCII)
_ID = re.compile(r"[0-9]{1,19}", re.ASCII)
_SUCCESS = 0
_NOT_FOUND = 1210  # of the server's family, but nothing that waiting mends
_STATES: dict[int, Callable[..., StateAnswer]] = {
    5001: NoSuchReport,
    5002: NoSuchFile,
    5101: AlreadyRetracted,
    5102: AlreadyFinished,
}
_HTTP_LATER = {408, 425, 429}


class Unreadable(ValueError):
    """These bytes are no answer of the protocol: a gateway's page, a torn or hostile body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an answer says, with either root. Fields that are absent are None."""

    code: int
    description: str = field(repr=False)
    report_id: str | None
    file_id: str | None
    md5: str | None
    file_ids: tuple[str, ...] | None


def read_answer(body: bytes) -> Answer:
    """Read an answer of at most 1 MiB. Raises Unreadable. Unknown further elements are passed over.

    Document types are refused, entities never expanded, nothing is fetched.
    """
    if len(body) > ANSWER_BYTES_MAX:
        raise Unreadable("longer than 1 MiB")
    root = _root_of(body)
    if root.tag not in _ROOTS:
        raise Unreadable("another root element")
    code = _text(root, "responseCode")
    if code is None or not _NUMBER.fullmatch(code):
        raise Unreadable("no responseCode")
    report_id = _text(root, "reportId")
    if report_id is not None and not _ID.fullmatch(report_id):
        raise Unreadable("a reportId that is no number")
    files = root.find("files")
    return Answer(
        code=int(code),
        description=_text(root, "responseDescription") or "",
        report_id=str(int(report_id)) if report_id is not None else None,
        file_id=_text(root, "fileId"),
        md5=_text(root, "hash"),
        file_ids=(
            tuple((one.text or "").strip() for one in files.findall("fileId"))
            if files is not None
            else None
        ),
    )


def judge_schema(receipt: Receipt) -> SchemaFetched:
    """What `/xsd` answered: a schema with a good HTTP status, or an answer like any other's."""
    call, status, length = "xsd", receipt.http_status, len(receipt.body)
    if length > SCHEMA_BYTES_MAX:
        raise _without_code(call, receipt, f"longer than {SCHEMA_BYTES_MAX // 1024**2} MiB")
    try:
        root = _root_of(receipt.body)
    except Unreadable as why:
        raise _without_code(call, receipt, str(why)) from None
    if root.tag == _SCHEMA_ROOT and 200 <= status < 300:
        return SchemaFetched(xsd=receipt.body, receipt=receipt)
    if root.tag in _ROOTS:
        judge(call, receipt, None)
    raise _without_code(call, receipt, "no schema")


def judge(call: str, receipt: Receipt, about: TiplineId | None) -> Answer | StateAnswer:
    """Sort an answer by who must act: accepted or a state, else Outage or TiplineRefused is raised.

    Family 1 (the server's own faults) is worth another try, save 1210. Families 2, 3 and 4
    (credentials, permission, request) and every code we do not know need a person. `about` is the
    report the call named, if any: an answer about another one raises AnsweredForAnother, and a
    report's state answers no call that named none.
    """
    try:
        answer = read_answer(receipt.body)
    except Unreadable as why:
        raise _without_code(call, receipt, str(why)) from None
    state = _STATES.get(answer.code) if about is not None else None
    if answer.code == _SUCCESS or state is not None:
        if about is not None and answer.report_id not in (None, about):
            raise AnsweredForAnother(f"{call} was answered for another report than the one named")
        return answer if state is None else state(receipt=receipt)
    if 1000 <= answer.code < 2000 and answer.code != _NOT_FOUND:
        raise Outage(f"the CyberTipline could not {call}: code {answer.code}")
    raise TiplineRefused(call, answer.code, answer.description, receipt)


def _without_code(call: str, receipt: Receipt, why: str) -> Outage | TiplineRefused:
    """HTTP 3xx and 4xx without a code: credentials or address are wrong. All else: try again."""
    status = receipt.http_status
    if 300 <= status < 500 and status not in _HTTP_LATER:
        return TiplineRefused(call, None, "", receipt)
    return Outage(f"the answer to {call} cannot be read (HTTP {status}): {why}")


def _root_of(body: bytes) -> etree._Element:
    """The root of bytes that somebody else chose. Raises Unreadable."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise Unreadable("not well-formed XML") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise Unreadable("a document type")
    return root


def _text(root: etree._Element, name: str) -> str | None:
    found = root.find(name)
    if found is None:
        return None
    return (found.text or "").strip() or None
