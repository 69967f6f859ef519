"""reports.document.notes: fitting words into elements, and keeping whole what does not fit.

No fact is dropped for being long or badly formed: what an element cannot take is cut there in
plain sight, and stands whole in one text file, `notes.txt`, that goes up with the report.
"""

import re
from collections.abc import Iterable, Mapping

from answerable.reports.document.limits import TEXT_MAX, URL_MAX, units

NOTES_NAME = "notes.txt"
_CUT = f" … [cut here; whole in {NOTES_NAME}]"
_BLANKS = re.compile(r"[ \t\r\n]+")
_NOT_IN_URL = re.compile(r"[\s\x00-\x20\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class Notes:
    """Collects what had to be cut, while one report is being built."""

    def __init__(self) -> None:
        self._whole: dict[tuple[str, str], None] = {}

    def fit(self, where: str, text: str | None, limit: int = TEXT_MAX) -> str | None:
        """`text` in at most `limit` UTF-16 units; None for nothing or only blanks."""
        if text is None or not text.strip():
            return None
        if units(text) <= limit:
            return text
        self.keep(where, text)
        mark = _CUT if limit > 2 * len(_CUT) else "…"
        return cut(text, limit - units(mark)) + mark

    def lines(self, where: str, lines: Iterable[str], limit: int = TEXT_MAX) -> str | None:
        """Lines as one text that fits; the first lines are the ones that surely stand there."""
        return self.fit(where, "\n".join(line for line in lines if line.strip()), limit)

    def url(self, where: str, url: str | None) -> str | None:
        """`url` as the far side takes it: blanks and control characters percent-encoded.

        None where there is none, or it is too long to stand as a URL; then it is kept whole.
        """
        if url is None or not url.strip():
            return None
        clean = _NOT_IN_URL.sub(_percent, url.strip())
        if clean != url or units(clean) > URL_MAX:
            self.keep(where, url)
        return clean if units(clean) <= URL_MAX else None

    def keep(self, where: str, text: str) -> None:
        """`text` goes whole into the notes, under the name of where it belongs."""
        self._whole[(where, text)] = None

    def file_text(self) -> str | None:
        """The notes as text, or None when nothing had to be cut."""
        if not self._whole:
            return None
        return "\n".join(f"== {where} ==\n{text}\n" for where, text in self._whole)


def cut(text: str, limit: int) -> str:
    """The longest beginning of `text` of at most `limit` UTF-16 units."""
    raw = text[:limit].encode("utf-16-le", "surrogatepass")[: 2 * limit]
    kept = raw.decode("utf-16-le", "surrogatepass")
    return kept[:-1] if "\ud800" <= kept[-1:] <= "\udbff" else kept  # half a character


def said(words: Mapping[str, str]) -> str:
    """A stated place as one phrase: `city Springfield, region IL`."""
    return ", ".join(f"{key} {value}" for key, value in words.items() if value.strip())


def one_line(text: str) -> str:
    """`text` with line breaks and runs of blanks as single blanks, for use inside a line."""
    return _BLANKS.sub(" ", text).strip()


def _percent(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "surrogatepass"))
