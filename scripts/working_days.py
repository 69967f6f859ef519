"""Write the holidays that working days leave out: src/answerable/events/duties/holidays.toml.

    working_days.py             write the file: from last year, twelve years
    working_days.py --check     exit 1 where the file is not what the library says of its own years

The days come from the `holidays` library (a test dependency): the package itself reads the file, so
that a due time is the same on every machine and an auditor can recompute it.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

import holidays

FILE = Path(__file__).resolve().parent.parent / "src/answerable/events/duties/holidays.toml"
YEARS = 12
TABLES = {
    "US": ("United States, federal holidays", lambda years: holidays.US(years=years)),
    "GB": (
        "England and Wales, bank holidays",
        lambda years: holidays.GB(subdiv="ENG", years=years),
    ),
    "CA": ("Canada, national holidays", lambda years: holidays.CA(years=years)),
    "EU": (
        "TARGET, the calendar of the European Central Bank",
        lambda years: holidays.financial_holidays("ECB", years=years),
    ),
}


def text_of(first: int, last: int) -> str:
    """The whole file, for these years, both included."""
    lines = ["# Written by scripts/working_days.py: days on which nobody is at work. Do not edit."]
    for name, (title, days_of) in TABLES.items():
        lines += ["", f"[{name}]", f'title = "{title}"', "", f"[{name}.days]"]
        for year in range(first, last + 1):
            days = sorted(day for day in days_of([year]) if day.year == year)
            lines.append(f"{year} = [{', '.join(day.isoformat() for day in days)}]")
    return "".join(f"{line}\n" for line in lines)


def main(arguments: list[str]) -> int:
    if arguments == ["--check"]:
        from answerable.events.duties.calendars import years_of

        years = {name: years_of(name) for name in TABLES}
        first, last = years["US"][0], years["US"][-1]
        if FILE.read_text(encoding="utf-8") != text_of(first, last):
            print(f"{FILE.name} is not what the library says; run scripts/working_days.py")
            return 1
        return 0
    if arguments:
        sys.stderr.write(__doc__ or "")
        return 64
    first = datetime.now(UTC).year - 1
    FILE.write_text(text_of(first, first + YEARS - 1), encoding="utf-8")
    print(f"{FILE.name}: {first} to {first + YEARS - 1}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
