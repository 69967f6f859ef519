"""Say loudly what was skipped, and fail on a skip that nobody has allowed.

    skips.py JUNIT_XML ALLOWED_SKIPS

`ALLOWED_SKIPS` has one line a skip: the test's name, then ` | `, then the reason; both may use
`*`. Empty lines and lines that start with `#` say why. A line that fits no skip is only mentioned:
what is absent here may be present there. Exit 0 all skips allowed, 1 some not, 2 unreadable.
"""

import fnmatch
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import NamedTuple


class Skip(NamedTuple):
    test: str
    reason: str


class Allowed(NamedTuple):
    test: str
    reason: str

    def fits(self, skip: Skip) -> bool:
        return fnmatch.fnmatchcase(skip.test, self.test) and fnmatch.fnmatchcase(
            skip.reason, self.reason
        )


def read_skips(report: Path) -> list[Skip]:
    """Every skipped test of a junit report that pytest wrote. What was expected to fail is none."""
    skips = []
    for case in ET.parse(report).getroot().iter("testcase"):
        for note in case.findall("skipped"):
            if note.get("type") != "pytest.xfail":
                name = f"{case.get('classname', '')}::{case.get('name', '')}"
                skips.append(Skip(name, note.get("message") or ""))
    return skips


def read_allowed(page: Path) -> list[Allowed]:
    """The agreed skips. Raises ValueError for a line without ` | `."""
    allowed = []
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        test, bar, reason = line.partition(" | ")
        if not bar:
            raise ValueError(f"{page}:{number}: write `test | reason`")
        allowed.append(Allowed(test.strip(), reason.strip()))
    return allowed


def main(words: list[str]) -> int:
    if len(words) != 2:
        sys.stderr.write(__doc__ or "")
        return 64
    try:
        skips, allowed = read_skips(Path(words[0])), read_allowed(Path(words[1]))
    except (OSError, ET.ParseError, ValueError) as problem:
        sys.stderr.write(f"skips: {problem}\n")
        return 2
    bad = [skip for skip in skips if not any(line.fits(skip) for line in allowed)]
    for skip in skips:
        mark = "NOT ALLOWED" if skip in bad else "allowed"
        print(f"skipped ({mark}): {skip.test}: {skip.reason}")
    for line in allowed:
        if not any(line.fits(skip) for skip in skips):
            print(f"not needed here: {line.test} | {line.reason}")
    print(f"skips: {len(skips)} in all, {len(bad)} not allowed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
