"""A letter as PDF: one column of Helvetica on A4, with pydyf. The same letter has the same bytes.

The fonts are those that every reader has, and those know Latin letters only. A value with other
letters is not printed in part and not transliterated: the line says that it stands in
cover-letter.txt, which holds every word as it is.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pydyf

WIDTH, HEIGHT, MARGIN = 595, 842, 62
SIZE: Final = {"h1": 15, "h2": 11, "p": 10}
LEADING: Final = 1.42
ELSEWHERE: Final = "[letters that this page cannot print: see cover-letter.txt]"
CHARS_MAX: Final = 2_000
_WIDTHS: Final = (
    "278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 "
    "556 556 556 556 556 556 556 556 556 556 278 278 584 584 584 556 "
    "1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778 "
    "667 778 722 667 611 722 667 944 667 667 611 278 278 278 469 556 "
    "333 556 556 500 556 556 278 556 556 222 222 500 222 833 556 556 "
    "556 556 333 500 278 556 500 722 500 500 500 334 260 334 584"
)
"""Of Helvetica, U+0020 to U+007E, in thousandths of the size."""
WIDTHS: Final = tuple(int(one) for one in _WIDTHS.split())
BOLD: Final = 0.92  # the bold letters are that much wider, at most
WIDEST: Final = 1000  # for every other letter of Windows-1252: a line is too short, never too long


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A title, and parts: each a heading with its lines; a pair is a name and what it is."""

    title: str
    parts: tuple[tuple[str, tuple[str | tuple[str, str], ...]], ...]


def letter_text(letter: Letter) -> bytes:
    """Every word, as UTF-8."""
    lines = [letter.title, ""]
    for heading, told in letter.parts:
        lines += [heading, ""]
        lines += [one if isinstance(one, str) else f"{one[0]}: {one[1]}" for one in told]
        lines.append("")
    return "\n".join(lines).encode("utf-8", "surrogateescape")


def letter_pdf(letter: Letter) -> bytes:
    """The pages."""
    pdf = pydyf.PDF()
    fonts = {name: _font(pdf, base) for name, base in (("R", "Helvetica"), ("B", "Helvetica-Bold"))}
    for lines in _pages(letter):
        stream = pydyf.Stream()
        stream.begin_text()
        for at, (font, size, text) in lines:
            stream.set_font_size(font, size)
            stream.set_text_matrix(1, 0, 0, 1, MARGIN, at)
            stream.show_text_string(text.encode("cp1252"))  # as the fonts' encoding has it
        stream.end_text()
        pdf.add_object(stream)
        pdf.add_page(
            pydyf.Dictionary(
                {
                    "Type": "/Page",
                    "Parent": pdf.pages.reference,
                    "MediaBox": pydyf.Array([0, 0, WIDTH, HEIGHT]),
                    "Contents": stream.reference,
                    "Resources": pydyf.Dictionary({"Font": pydyf.Dictionary(fonts)}),
                }
            )
        )
    pdf.catalog["Lang"] = pydyf.String("en")
    pdf.info["Title"] = pydyf.String(printable(letter.title))
    out = io.BytesIO()
    pdf.write(out, version=b"1.7", identifier=False)
    return out.getvalue()


def printable(text: str) -> str:
    """`text` as the fonts can print it whole, or the word of where it stands."""
    flat = " ".join(text.split())
    try:
        flat.encode("cp1252")
    except UnicodeEncodeError:
        return ELSEWHERE
    return flat if len(flat) <= CHARS_MAX else f"{flat[:CHARS_MAX]} … {ELSEWHERE}"


def _font(pdf: pydyf.PDF, base: str) -> bytes:
    font = pydyf.Dictionary(
        {
            "Type": "/Font",
            "Subtype": "/Type1",
            "BaseFont": f"/{base}",
            "Encoding": "/WinAnsiEncoding",
        }
    )
    pdf.add_object(font)
    reference: bytes = font.reference
    return reference


def _pages(letter: Letter) -> Iterator[list[tuple[float, tuple[str, int, str]]]]:
    """Lines with their height on the page, page by page."""
    page: list[tuple[float, tuple[str, int, str]]] = []
    at = float(HEIGHT - MARGIN)
    for gap, font, size, text in _lines(letter):
        at -= gap + size * LEADING
        if at < MARGIN:
            yield page
            page, at = [], HEIGHT - MARGIN - size * LEADING
        page.append((round(at, 2), (font, size, text)))
    yield page


def _lines(letter: Letter) -> Iterator[tuple[float, str, int, str]]:
    yield from _wrapped(letter.title, "B", SIZE["h1"], 0)
    for heading, told in letter.parts:
        yield from _wrapped(heading, "B", SIZE["h2"], 10)
        for one in told:
            text = one if isinstance(one, str) else f"{one[0]}: {printable(one[1])}"
            yield from _wrapped(text, "R", SIZE["p"], 2)


def _wrapped(text: str, font: str, size: int, gap: float) -> Iterator[tuple[float, str, int, str]]:
    room = (WIDTH - 2 * MARGIN) * 1000 / size * (1 if font == "R" else BOLD)
    line = ""
    for word in printable(text).split():
        for piece in _pieces(word, room):
            longer = f"{line} {piece}" if line else piece
            if line and _width(longer) > room:
                yield gap, font, size, line
                line, gap = piece, 0
            else:
                line = longer
    yield gap, font, size, line


def _pieces(word: str, room: float) -> Iterator[str]:
    """A word that is wider than a line, in stretches that are not."""
    piece = ""
    for letter in word:
        if _width(piece + letter) > room:
            yield piece
            piece = ""
        piece += letter
    yield piece


def _width(text: str) -> int:
    return sum(WIDTHS[ord(c) - 32] if 32 <= ord(c) < 127 else WIDEST for c in text)
