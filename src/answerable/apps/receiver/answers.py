"""receiver/answers: the XML that goes back, and the codes in it."""

from dataclasses import dataclass
from enum import IntEnum
from xml.sax.saxutils import escape

from answerable.apps.receiver.switches import ErrorStatus, FinishErrorRoot, Switches

_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_FROM_TOMORROW = "<addedLater>an element this client has never heard of</addedLater>"


class Code(IntEnum):
    """Documented response codes that this receiver gives. The list is not exhaustive."""

    SUCCESS = 0
    SERVER_ERROR = 1000
    SAVE_FAILED = 1100
    NOT_FOUND = 1210
    AUTHENTICATION_REQUIRED = 2000
    NOT_AUTHORISED = 3000
    INVALID_REQUEST = 4000
    VALIDATION_FAILED = 4100
    MALFORMED_XML = 4110
    MALFORMED_FILE = 4200
    NO_SUCH_REPORT = 5001
    NO_SUCH_FILE = 5002
    ALREADY_RETRACTED = 5101
    ALREADY_FINISHED = 5102


_MEANING: dict[Code, tuple[str, int]] = {
    Code.SUCCESS: ("Success", 200),
    Code.SERVER_ERROR: ("Server error", 500),
    Code.SAVE_FAILED: ("Save failed", 500),
    Code.NOT_FOUND: ("Resource not found", 404),
    Code.AUTHENTICATION_REQUIRED: ("Authentication required", 401),
    Code.NOT_AUTHORISED: ("Not authorized", 403),
    Code.INVALID_REQUEST: ("Invalid request", 400),
    Code.VALIDATION_FAILED: ("Validation failed", 400),
    Code.MALFORMED_XML: ("Malformed XML", 400),
    Code.MALFORMED_FILE: ("Malformed file submittal", 400),
    Code.NO_SUCH_REPORT: ("Report does not exist", 404),
    Code.NO_SUCH_FILE: ("File does not exist", 404),
    Code.ALREADY_RETRACTED: ("Report already retracted", 409),
    Code.ALREADY_FINISHED: ("Report already finished", 409),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one call says. `files` is for /finish; `detail` follows the description."""

    code: Code
    detail: str = ""
    description: str = ""  # in place of the code's own
    report_id: int | None = None
    file_id: str | None = None
    digest: str | None = None  # MD5, lower-case hex
    files: tuple[str, ...] = ()
    remark: str = ""  # for our own book; the client is not told, and it quotes no contents

    @property
    def ok(self) -> bool:
        return self.code is Code.SUCCESS


def http_status(code: Code, switches: Switches) -> int:
    """By switch: always 200 as recorded, or by code. A 401 stays a 401."""
    if switches.error_status is ErrorStatus.MAPPED or code is Code.AUTHENTICATION_REQUIRED:
        return _MEANING[code][1]
    return 200


def render(answer: Answer, switches: Switches, *, finish: bool) -> bytes:
    """One line of UTF-8 XML. `finish` says that the answer is to a /finish."""
    done = finish and (answer.ok or switches.finish_error_root is FinishErrorRoot.DONE_RESPONSE)
    inner = _done(answer) if done else _plain(answer, switches)
    root = "reportDoneResponse" if done else "reportResponse"
    extra = _FROM_TOMORROW if switches.unknown_elements else ""
    return f"{_DECLARATION}<{root}>{inner}{extra}</{root}>".encode()


def _plain(answer: Answer, switches: Switches) -> str:
    description = answer.description or _MEANING[answer.code][0]
    if answer.detail:
        description = f"{description}: {answer.detail}"
    digest = answer.digest
    if digest is not None and switches.wrong_hash:
        digest = digest[::-1] if digest != digest[::-1] else "0" * 32
    return (
        _element("responseCode", answer.code)
        + _element("responseDescription", description)
        + _element("reportId", answer.report_id)
        + _element("fileId", answer.file_id)
        + _element("hash", digest)
    )


def _done(answer: Answer) -> str:
    files = "".join(_element("fileId", file_id) for file_id in answer.files)
    return (
        _element("responseCode", answer.code)
        + _element("reportId", answer.report_id or 0)
        + (f"<files>{files}</files>" if files else "<files/>")
    )


def _element(name: str, value: object | None) -> str:
    if value is None:
        return ""
    text = str(int(value)) if isinstance(value, int) else str(value)
    return f"<{name}>{escape(_writable(text))}</{name}>"


def _writable(text: str) -> str:
    """Characters XML 1.0 cannot hold become U+FFFD."""
    return "".join(
        c if c in "\t\n" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c >= "\U00010000"
        else "\ufffd"
        for c in text
    )  # fmt: skip
