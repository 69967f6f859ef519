"""Does every link inside the documentation lead somewhere, and does every `make` goal exist?

Looks at each Markdown page that git knows: relative links and pictures must exist, anchors must be
headings of their page, and a `make goal` in code must be a goal of the Makefile. Needs no network:
links to the outside are not followed. Exit 0 clean, 1 with findings, each with file and line.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"!?\[[^\]\n]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
GOAL_IN_BLOCK = re.compile(r"^\s*(?:\$ )?make ([a-z][a-z-]*)")
GOAL_IN_TEXT = re.compile(r"`make ([a-z][a-z-]*)")
FENCE = re.compile(r"^\s*(```|~~~)")
OUTSIDE = re.compile(r"^[a-z][a-z0-9+.-]*:")


def pages() -> list[Path]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in sorted(names.split("\0")) if name and (ROOT / name).exists()]


def goals() -> set[str]:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z][a-z-]*):", text, flags=re.MULTILINE))


def anchors(page: Path) -> set[str]:
    """The names that a page's headings get: lower case, spaces to hyphens, other signs dropped."""
    found = set()
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            words = re.sub(r"[^\w\- ]", "", line.lstrip("#").strip().lower())
            found.add(words.replace(" ", "-"))
    return found


def findings(page: Path, known_goals: set[str]) -> Iterator[str]:
    fenced = False
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        where = f"{page.relative_to(ROOT)}:{number}"
        if FENCE.match(line):
            fenced = not fenced
            continue
        for goal in (GOAL_IN_BLOCK if fenced else GOAL_IN_TEXT).findall(line):
            if goal not in known_goals:
                yield f"{where}: there is no `make {goal}`"
        if fenced:
            continue
        for target in LINK.findall(line):
            yield from link_findings(page, where, target)


def link_findings(page: Path, where: str, target: str) -> Iterator[str]:
    if OUTSIDE.match(target):
        return
    name, _, anchor = target.partition("#")
    goal = page if not name else (page.parent / name)
    if not goal.exists():
        yield f"{where}: {target} is not there"
    elif anchor and goal.suffix == ".md" and anchor not in anchors(goal):
        yield f"{where}: {name or page.name} has no heading #{anchor}"


def main() -> int:
    known = goals()
    found = [line for page in pages() for line in findings(page, known)]
    for line in found:
        print(line)
    print(f"docs-check: {len(pages())} pages, {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
