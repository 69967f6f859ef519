"""receiver/reading: bytes in, refused or understood: hardened XML, bounded bodies, forms."""

import codecs
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from lxml import etree
from python_multipart.exceptions import FormParserError
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import Request

from answerable.kernel.errors import Refusal

_FORM_FIELD_BYTES_MAX = 64 * 1024
_DECLARED = re.compile(rb"^<\?xml[^>]{0,200}?\sencoding\s*=")
_BOMS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
XML_TYPES = ("text/xml", "application/xml")


class TooLarge(Refusal):
    """The body passes its cap; the rest was read and thrown away."""


class Malformed(Refusal):
    """The body is not what its kind promises. `line` and `column` say where, in XML."""

    def __init__(self, reason: str, line: int = 0, column: int = 0) -> None:
        super().__init__(reason)
        self.line, self.column = line, column


def media_type(request: Request) -> tuple[str, str]:
    """The Content-Type's type and charset, lower case; empty where absent."""
    kind, _, rest = request.headers.get("content-type", "").partition(";")
    charset = re.search(r'charset\s*=\s*"?([^";\s]+)', rest, re.IGNORECASE)
    return kind.strip().lower(), charset[1].lower() if charset else ""


async def read_body(request: Request, bytes_max: int) -> bytes:
    """The whole body. Raises TooLarge after swallowing it to the end, so that we can answer."""
    return b"".join([chunk async for chunk in _bounded(request, bytes_max)])


async def swallow(request: Request) -> None:
    """Read the body and keep nothing, so that an early answer is not lost in a broken pipe."""
    try:
        async for _ in request.stream():
            pass
    except RuntimeError:  # Starlette: it was read to its end already
        return


async def _bounded(request: Request, bytes_max: int) -> AsyncGenerator[bytes, None]:
    seen = 0
    async for chunk in request.stream():
        seen += len(chunk)
        if seen <= bytes_max:
            yield chunk
    if seen > bytes_max:
        raise TooLarge(f"the body passes {bytes_max} bytes")


# -- XML ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A well-formed request. `kept` is the bytes as sent, or UTF-8 where a header was needed."""

    root: etree._Element
    kept: bytes


def parse_xml(raw: bytes, charset: str = "") -> Document:
    """Parse a request document. Raises Malformed for bad XML, any DOCTYPE, undefined entities.

    The byte order mark or the XML declaration decides the encoding; failing both, the header's
    charset; failing that, UTF-8.
    """
    said = raw.startswith(_BOMS) or _DECLARED.match(raw)
    encoding = None if said or not _is_known(charset) else charset
    parser = etree.XMLParser(
        encoding=encoding,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(raw, parser)
    except etree.XMLSyntaxError as fault:
        raise Malformed(str(fault), fault.lineno or 0, fault.offset or 0) from None
    except (LookupError, ValueError) as fault:
        raise Malformed(str(fault)) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise Malformed("a DOCTYPE is not accepted")
    if encoding in (None, "utf-8"):
        return Document(root=root, kept=raw)
    kept = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return Document(root=root, kept=bytes(kept))


def _is_known(charset: str) -> bool:
    try:
        codecs.lookup(charset)
    except LookupError:
        return False
    return True


# -- forms ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file part as received."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The two fields the protocol knows; None where absent, ambiguous or of the wrong kind."""

    id: str | None
    file: Upload | None


async def read_form(request: Request, bytes_max: int) -> Form:
    """A urlencoded or multipart body, parts in any order. Raises Malformed or TooLarge."""
    kind, _ = media_type(request)
    stream = _bounded(request, bytes_max + _FORM_FIELD_BYTES_MAX)
    if kind == "multipart/form-data":
        parser: MultiPartParser | FormParser = MultiPartParser(
            request.headers, stream, max_files=4, max_fields=16, max_part_size=_FORM_FIELD_BYTES_MAX
        )
    elif kind == "application/x-www-form-urlencoded":
        parser = FormParser(request.headers, stream, max_fields=16)
    else:
        await swallow(request)
        raise Malformed(f"{kind or 'no content type'} is no form")
    try:
        form = await parser.parse()
    except (MultiPartException, FormParserError) as fault:
        await swallow(request)
        raise Malformed(getattr(fault, "message", "bad form")) from None
    try:
        return Form(id=_single_text(form, "id"), file=await _single_file(form, bytes_max))
    finally:
        await form.close()


def _single_text(form: FormData, name: str) -> str | None:
    match form.getlist(name):
        case [str(text)]:
            return text
        case _:
            return None


async def _single_file(form: FormData, bytes_max: int) -> Upload | None:
    match form.getlist("file"):
        case [UploadFile() as part]:
            if part.size is not None and part.size > bytes_max:
                raise TooLarge(f"the file passes {bytes_max} bytes")
            data = await part.read()
            return Upload(name=part.filename or "", media_type=part.content_type or "", data=data)
        case _:
            return None
