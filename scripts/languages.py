"""The catalogues of our pages' sentences: made from the sources, filled in by translators.

    languages.py extract          write languages/NAME.pot anew, from the tables of sentences
    languages.py update [CODE…]   extract, and bring the catalogues up to it; nothing is guessed
    languages.py compile          make the .mo of each catalogue that is complete and not fuzzy
    languages.py check            change nothing; exit 1 with a line for each thing that is wrong
    languages.py                  how far each language is

A sentence is the key of its own translation: a changed one is to be translated anew. Needs the test
extra (Babel). What a translator does: docs/languages.md.
"""

import io
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from answerable.apps.public.languages import LANGUAGES, SOURCE, placeholders

ROOT = Path(__file__).resolve().parent.parent
APPS = ROOT / "src" / "answerable" / "apps"
FOLDER = APPS / "public" / "languages"
COMMON = "public/languages.py"
DOMAINS: Mapping[str, tuple[str, ...]] = {"alert": ("alert_page/words.py", COMMON)}
"""Each set of sentences, and the files under `apps` in which `N_` marks them."""
HEADER = """\
# {what} of the pages of Answerable.
# Distributed under the licence of Answerable (Apache-2.0).
#"""
# What changes with every run, or says nothing to a translator, is left out.
DATED = tuple(
    f'"{name}:'
    for name in (
        "POT-Creation-Date",
        "PO-Revision-Date",
        "Generated-By",
        "Project-Id-Version",
        "Report-Msgid-Bugs-To",
    )
)
NAME = "Answerable"


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where the catalogues stand, and what they are made from."""

    folder: Path = FOLDER
    sources: Path = APPS
    domains: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: DOMAINS)

    def template(self, domain: str) -> Path:
        return self.folder / f"{domain}.pot"

    def po(self, domain: str, code: str) -> Path:
        return self.folder / code / "LC_MESSAGES" / f"{domain}.po"

    def mo(self, domain: str, code: str) -> Path:
        return self.po(domain, code).with_suffix(".mo")


TRANSLATED = tuple(language.code for language in LANGUAGES if language.code != SOURCE)


def extracted(shelf: Shelf, domain: str) -> Catalog:
    """The template: every sentence that the sources mark, with what translators are told."""
    made = Catalog(project=NAME, header_comment=HEADER.format(what="Template"), fuzzy=False)
    for name in shelf.domains[domain]:
        found = extract_from_file(
            "python", shelf.sources / name, keywords={"N_": None}, comment_tags=("Translators:",)
        )
        for _line, sentence, comments, _context in found:
            made.add(sentence, locations=[(name, 0)], auto_comments=comments)
    return made


def written(catalog: Catalog) -> bytes:
    """A catalogue as it is kept: in the order of the sources, without dates and line numbers."""
    out = io.BytesIO()
    write_po(out, catalog, width=99, include_lineno=False, omit_header=False)
    lines = out.getvalue().decode("utf-8").splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(DATED)).encode("utf-8")


def read(path: Path, code: str) -> Catalog:
    """A catalogue. Raises PoFileError for a file that is none."""
    with path.open("rb") as file:
        return read_po(file, locale=code, abort_invalid=True)


def updated(shelf: Shelf, domain: str, code: str) -> Catalog:
    """The catalogue brought up to the template; a new one where there is none."""
    path = shelf.po(domain, code)
    if path.exists():
        catalog = read(path, code)
    else:
        catalog = Catalog(locale=code, project=NAME, fuzzy=True)
        catalog.header_comment = HEADER.format(what=f"Catalogue {code}")
    catalog.update(extracted(shelf, domain), no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    return catalog


def messages(catalog: Catalog) -> list[Message]:
    """Its sentences, without the header."""
    return [message for message in catalog if message.id]


def unready(catalog: Catalog) -> list[str]:
    """Why it cannot be offered yet; empty when it is complete and read."""
    found = (
        ["nobody has taken its own fuzzy mark away: it is not reviewed"] if catalog.fuzzy else []
    )
    for message in messages(catalog):
        if not message.string:
            found.append(f"not translated: {message.id!r}")
        elif message.fuzzy:
            found.append(f"not reviewed: {message.id!r}")
        elif not isinstance(message.string, str) or placeholders(message.string) != placeholders(
            str(message.id)
        ):
            found.append(f"other placeholders than in English: {message.id!r}")
    return found


class _Plain(Catalog):
    """What the `.mo` is made from: the same bytes for the same sentences, on any day."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        language = str(self.locale)
        return [("Content-Type", "text/plain; charset=utf-8"), ("Language", language)]


def compiled(catalog: Catalog) -> bytes | None:
    """The `.mo`, or None where it is not complete or not reviewed."""
    if unready(catalog):
        return None
    out = io.BytesIO()
    plain = _Plain(locale=catalog.locale, fuzzy=False)
    for message in messages(catalog):
        plain.add(message.id, message.string)
    write_mo(out, plain)
    return out.getvalue()


def wrong(shelf: Shelf) -> Iterator[str]:
    """What `check` finds: a line for each file that is not what its sources make of it."""
    for domain in shelf.domains:
        template = shelf.template(domain)
        if not template.exists() or template.read_bytes() != written(extracted(shelf, domain)):
            yield f"{template.name}: not what the sources say; run languages.py update"
        for code in TRANSLATED:
            path = shelf.po(domain, code)
            if not path.exists():
                yield f"{code}: has no {path.name}; run languages.py update"
                continue
            if path.read_bytes() != written(updated(shelf, domain, code)):
                yield f"{code}: {path.name} is behind its template; run languages.py update"
            catalog = read(path, code)
            for fault in unready(catalog):
                if "placeholders" in fault:
                    yield f"{code}: {fault}"
            there = shelf.mo(domain, code)
            made = compiled(catalog)
            if made != (there.read_bytes() if there.exists() else None):
                yield f"{code}: {there.name} is not made from {path.name}; run languages.py compile"


def extract(shelf: Shelf) -> None:
    shelf.folder.mkdir(exist_ok=True)
    for domain in shelf.domains:
        shelf.template(domain).write_bytes(written(extracted(shelf, domain)))


def update(shelf: Shelf, codes: Sequence[str] = TRANSLATED) -> None:
    extract(shelf)
    for domain in shelf.domains:
        for code in codes:
            path = shelf.po(domain, code)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(written(updated(shelf, domain, code)))


def compile_all(shelf: Shelf) -> None:
    """A language that is no longer complete loses its `.mo`, and is not offered any more."""
    for domain in shelf.domains:
        for code in TRANSLATED:
            made = compiled(read(shelf.po(domain, code), code))
            if made is None:
                shelf.mo(domain, code).unlink(missing_ok=True)
            else:
                shelf.mo(domain, code).write_bytes(made)


def standing(shelf: Shelf) -> Iterator[str]:
    """`es alert: 70 of 70, offered`."""
    for domain in shelf.domains:
        for code in TRANSLATED:
            catalog = read(shelf.po(domain, code), code)
            every = messages(catalog)
            done = sum(1 for message in every if message.string and not message.fuzzy)
            offered = "offered" if not unready(catalog) else "not offered"
            yield f"{code} {domain}: {done} of {len(every)}, {offered}"


def main(arguments: list[str], shelf: Shelf = Shelf()) -> int:
    match arguments:
        case []:
            print("\n".join(standing(shelf)))
        case ["extract"]:
            extract(shelf)
        case ["update", *codes] if set(codes) <= set(TRANSLATED):
            update(shelf, codes or TRANSLATED)
        case ["compile"]:
            compile_all(shelf)
        case ["check"]:
            found = list(wrong(shelf))
            print("\n".join([*found, f"languages: {len(found)} findings"]))
            return 1 if found else 0
        case _:
            sys.stderr.write(__doc__ or "")
            return 64
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
