"""`answerable screen ads.csv`: what the rules say about a file of ads. No server, no database.

One JSON line an ad, in the order of the file (docs/screening.md). Exit: 0 every row judged, 1 some
refused or not judged, 2 file or pack unreadable, 64 wrong usage.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from answerable.apps.cli.saying import complain, progress, say
from answerable.kernel.errors import Refusal

if TYPE_CHECKING:
    from rich.progress import Progress

    from answerable.apps.cli.ingest_rows import AdRow
    from answerable.apps.cli.sources import BadRow, Source
    from answerable.screening.judge import Engine
    from answerable.screening.model import Verdict

ALL_JUDGED, SOME_REFUSED, UNREADABLE, WRONG_USAGE = 0, 1, 2, 64
ROWS_BETWEEN_UPDATES = 100


@dataclass(slots=True)
class _Count:
    judged: int = 0
    refused: int = 0
    failed: int = 0


def screen_file(
    source: Path,
    mapping: Sequence[str] | str = "",
    out: Path | None = None,
    region: str = "US",
    pack: Path | None = None,
    encoding: str = "utf-8",
) -> int:
    """Judge every ad in `source` and write one JSON line each to `out` (None: standard output).

    `mapping` is `ours=theirs,…` or a TOML file; `region` (ISO 3166) is what phones without a
    country code get; `pack` a folder, None the demonstration pack. Returns the exit code. Refused
    rows are listed on standard error with line and reason.
    """
    from answerable.apps.cli.sources import MapRefused, SourceUnreadable, parse_mapping
    from answerable.screening.judge import Engine
    from answerable.screening.packs import PackRefused, demo_pack, load_pack

    try:
        wanted = parse_mapping(mapping)
        _check_usage(source, out, region)
        engine = Engine(demo_pack() if pack is None else load_pack(pack), region)
        count = _screen(source, wanted, out, engine, encoding)
    except (MapRefused, _WrongUsage) as fault:
        complain(fault)
        return WRONG_USAGE
    except (SourceUnreadable, PackRefused) as fault:
        complain(fault)
        return UNREADABLE
    say(
        f"{count.judged} ads judged under {engine.pack.name}, {count.refused} rows refused"
        + (f", {count.failed} could not be judged and are withheld" if count.failed else "")
    )
    return SOME_REFUSED if count.refused or count.failed else ALL_JUDGED


class _WrongUsage(Refusal):
    pass


def _check_usage(source: Path, out: Path | None, region: str) -> None:
    import phonenumbers

    if region not in phonenumbers.SUPPORTED_REGIONS:
        raise _WrongUsage(f'"{region}" is no region; give two capitals such as US or GB')
    if out is not None and out.exists() and source.exists() and out.samefile(source):
        raise _WrongUsage("--out is the file to be read")
    if out is not None and not out.parent.is_dir():
        raise _WrongUsage(f"{out.parent} is no folder")


def _screen(
    path: Path, wanted: dict[str, str], out: Path | None, engine: "Engine", encoding: str
) -> _Count:
    from answerable.apps.cli.ingest_rows import read_ads
    from answerable.apps.cli.sources import BadRow

    source, ads = read_ads(path, wanted, encoding=encoding)
    count = _Count()
    with _writing(out) as lines, progress() as bar:
        task = bar.add_task(path.name, total=source.size)
        for done, ad in enumerate(ads, 1):
            if isinstance(ad, BadRow):
                count.refused += 1
                _list_refused(bar, source, ad)
            else:
                line = judged_line(ad, engine, count)
                lines.write(json.dumps(line, ensure_ascii=False) + "\n")
            if done % ROWS_BETWEEN_UPDATES == 0:
                bar.update(task, completed=source.progress.done)
        bar.update(task, completed=source.size)
    return count


def judged_line(ad: "AdRow", engine: "Engine", count: _Count | None = None) -> dict[str, Any]:
    """What is written for one ad. What could not be judged is withheld and says so."""
    from answerable.screening.model import CouldNotJudge

    count = count or _Count()
    line: dict[str, Any] = {"id": ad.external_id, "verdict": "withhold", "pack": engine.pack.name}
    try:
        verdict = engine.judge(
            ad.text,
            section=ad.section,
            jurisdiction=ad.facts.get("region") or ad.facts.get("country"),
            language=ad.language,
        )
    except CouldNotJudge as fault:
        count.failed += 1
        return line | {"could_not_screen": str(fault), "signals": [], "contacts": []}
    count.judged += 1
    return line | {
        "verdict": verdict.outcome.value,
        "digest": verdict.digest,
        "signals": _signals(ad, verdict),
        "contacts": _contacts(verdict),
    }


def _signals(ad: "AdRow", verdict: "Verdict") -> list[dict[str, Any]]:
    return [
        {
            "rule": one.rule,
            "kind": one.kind.value,
            "field": one.field,
            "start": one.start,
            "end": one.end,
            "text": ad.text[one.field][one.start : one.end],
            "technique": one.technique,
        }
        for one in verdict.signals
    ]


def _contacts(verdict: "Verdict") -> list[dict[str, Any]]:
    return [
        {
            "kind": one.kind.value,
            "value": one.value,
            "field": one.field,
            "start": one.start,
            "end": one.end,
            "technique": one.technique,
        }
        for one in verdict.contacts
    ]


@contextmanager
def _writing(out: Path | None) -> Iterator[TextIO]:
    if out is None:
        yield sys.stdout
        return
    try:
        file = out.open("w", encoding="utf-8", newline="\n")
    except OSError as fault:
        raise _WrongUsage(f"{out}: {fault.strerror}") from None
    with file:
        yield file


def _list_refused(bar: "Progress", source: "Source", bad: "BadRow") -> None:
    bar.console.print(f"{source.name}:{bad.line}: row {bad.number} refused: {bad.reason}")


def screen(
    source: Annotated[Path, typer.Argument(help="CSV, JSONL or Parquet")],
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", help="ours=theirs,… (body is needed) or a TOML file with [map]"),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="where the JSON lines go; standard output if absent"),
    ] = None,
    region: Annotated[
        str, typer.Option("--region", help="whose phones have no country code: US, GB, …")
    ] = "US",
    pack: Annotated[
        Path | None, typer.Option("--pack", help="a rule pack's folder; the demo pack if absent")
    ] = None,
    encoding: Annotated[str, typer.Option("--encoding", help="of a CSV file")] = "utf-8",
) -> None:
    """Say what the rules would say about a file of ads. Needs no server and keeps nothing."""
    raise typer.Exit(screen_file(source, mapping or [], out, region, pack, encoding))


def add_to(app: typer.Typer) -> None:
    """`answerable screen`."""
    app.command()(screen)
