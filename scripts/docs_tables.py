"""Tables in the documentation that are made from the code, between `<!-- name: begin -->` marks.

    docs_tables.py            write them anew
    docs_tables.py --check    exit 1, naming the pages that differ

docs/story.md: who hears which event. docs/operations/stores.md: the stores of an installation.
docs/law.md: the duties that run as clocks. docs/formats/report.md: the paths of a report.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from answerable.apps.stores import table as stores_table
from answerable.apps.story import STORY
from answerable.events.duties.clocks import EVERY_DUTY, Duty
from answerable.kernel.time import DAY, HOUR, MINUTE
from answerable.reports.document.check import limit_of
from answerable.reports.document.differences import own_outline
from answerable.reports.document.outline import Place
from answerable.reports.document.sample import full_documents
from answerable.reports.document.shape import ROOTS, every_path
from answerable.reports.document.sources import source_of
from answerable.reports.document.values import Profile
from answerable.reports.document.walk import leaves

ROOT = Path(__file__).resolve().parent.parent


def story_table() -> str:
    """Every event, in the story's own order, and who hears it."""
    lines = ["| event | says | with | then |", "|---|---|---|---|"]
    for kind, hears in STORY.items():
        said = (kind.__doc__ or "").strip().split("\n\n")[0]
        words = " ".join(said.split()).replace("|", "\\|")
        with_ = ", ".join(f"`{name}`" for name in hears.with_) or "–"
        then = ", ".join(f"`{name}`" for name in hears.then) or "–"
        lines.append(f"| `{kind.TYPE}` | {words} | {with_} | {then} |")
    return "".join(f"{line}\n" for line in lines)


def duties_table() -> str:
    """Every duty of the table: what is asked, how long, whose number, where, and who says so."""
    lines = [
        "| duty | what is asked | length | number by | where | source | sure |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| `{duty.name}` | {duty.says} | {length_of(duty)} | {'law' if duty.set_by_law else 'us'} "
        f"| {', '.join(duty.jurisdictions).replace('*', 'everywhere')} | {duty.citation} "
        f"| {duty.sure.value} |"
        for duty in EVERY_DUTY
    ]
    return "".join(f"{line}\n" for line in lines)


def length_of(duty: Duty) -> str:
    """In words, in the largest unit that is whole."""
    if duty.months:
        return "1 year" if duty.months == 12 else f"{duty.months} months"
    if duty.working_days:
        return f"{duty.working_days} working days"
    for unit, word in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if duty.length % unit == 0 and (unit != DAY or duty.length > 2 * DAY):
            return f"{duty.length // unit} {word}"
    return f"{duty.length} ms"


def report_table() -> str:
    """Every element and attribute of the newer edition: what it takes, and where it comes from."""
    newer, november = own_outline(Profile.NEWER), own_outline(Profile.NOV_2025)
    limits = {
        leaf.xsd_path: limit_of(leaf.owner, leaf.field)
        for document in full_documents(Profile.NEWER)
        for leaf in leaves(document)
    }
    lines = ["| path | takes | limit | how often | where it comes from |", "|---|---|---|---|---|"]
    for path in (path for root in ROOTS for path in every_path(root, Profile.NEWER)):
        mark = "" if path in november else " (`newer` only)"
        place = newer[path]
        lines.append(
            f"| `{path}`{mark} | {_takes(place)} | {limits[path] or '–'} | {_how_often(place)} "
            f"| {source_of(path) or '–'} |"
        )
    return "".join(f"{line}\n" for line in lines)


def _takes(place: Place) -> str:
    if not place.words:
        return f"{place.type}, `{place.pattern}`" if place.pattern else place.type
    listed = " · ".join(f"`{word}`" for word in sorted(place.words))
    return listed if len(listed) < 100 else f"one of {len(place.words)} words"


def _how_often(place: Place) -> str:
    return f"{place.least}..{'n' if place.most is None else place.most}"


TABLES: Mapping[tuple[str, str], Callable[[], str]] = {
    ("docs/story.md", "story"): story_table,
    ("docs/law.md", "duties"): duties_table,
    ("docs/operations/stores.md", "stores"): stores_table,
    ("docs/formats/report.md", "paths"): report_table,
}


def with_table(text: str, name: str, table: str) -> str:
    """The page with its table replaced. Raises ValueError where the marks are not there once."""
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
    if text.count(begin) != 1 or text.count(end) != 1:
        raise ValueError(f"the marks of {name} stand once in a page")
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}{table}{end}{after}"


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        sys.stderr.write(__doc__ or "")
        return 64
    stale = 0
    for (name, mark), table in TABLES.items():
        page = ROOT / name
        text = page.read_text(encoding="utf-8")
        wanted = with_table(text, mark, table())
        if wanted == text:
            continue
        stale += 1
        if arguments:
            print(f"{name}: its table is not what the code says; run scripts/docs_tables.py")
        else:
            page.write_text(wanted, encoding="utf-8")
            print(f"{name}: written")
    return 1 if stale and arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
