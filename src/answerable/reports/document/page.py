"""reports.document.page: the tables of docs/formats/report.md, from shape, model and limits."""

from collections.abc import Iterator

from answerable.reports.document.check import limit_of
from answerable.reports.document.sample import full_documents
from answerable.reports.document.schema import PATTERNS, WORDS
from answerable.reports.document.shape import ROOTS, SHAPES, Child, every_path
from answerable.reports.document.values import Profile
from answerable.reports.document.walk import leaves, presence

_LISTED_MAX = 12


def elements_table() -> str:
    """Every type with what may stand in it: its own type, how often, the documented limit."""
    return "".join(f"{line}\n" for line in _elements())


def coverage_table() -> str:
    """Paths of the schema under each part of a document, and how many of them the samples fill."""
    lines = [
        "| under | paths in `2025-11` | filled | paths in `newer` | filled |",
        "|---|---|---|---|---|",
    ]
    filled = {
        profile: {path for one in full_documents(profile) for path in presence(one)}
        for profile in Profile
    }
    every = {
        profile: [path for root in ROOTS for path in every_path(root, profile)]
        for profile in Profile
    }
    groups = dict.fromkeys(_group(path) for path in every[Profile.NEWER])
    for group in groups:
        lines.append(f"| `{group}` |{_cells(every, filled, group)}")
    lines.append(f"| together |{_cells(every, filled, None)}")
    return "".join(f"{line}\n" for line in lines)


def _cells(
    every: dict[Profile, list[str]], filled: dict[Profile, set[str]], group: str | None
) -> str:
    cells = []
    for profile in Profile:
        paths = [one for one in every[profile] if group is None or _group(one) == group]
        reached = sum(one in filled[profile] for one in paths)
        cells += [str(len(paths)), f"{100 * reached / len(paths):.0f} %"]
    return f" {' | '.join(cells)} |"


def _group(path: str) -> str:
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] == "report" else parts[0]


def _elements() -> Iterator[str]:
    shape, older = SHAPES[Profile.NEWER], SHAPES[Profile.NOV_2025]
    limits = {
        leaf.xsd_path: limit_of(leaf.owner, leaf.field)
        for one in full_documents(Profile.NEWER)
        for leaf in leaves(one)
    }
    seen: set[str] = set()
    waiting = [(root, root) for root in ROOTS]
    while waiting:
        kind, path = waiting.pop(0)
        if kind in seen:
            continue
        seen.add(kind)
        row = shape[kind]
        among = {"choice": ": exactly one of", "flags": ": any of, in any order"}.get(row.group, "")
        yield f"\n**{kind}**{among}\n"
        yield "| name | type | times | limit |"
        yield "|---|---|---|---|"
        if row.text is not None:
            yield f"| (its text) | {row.text} | 1 | {limits.get(path) or '–'} |"
        for one in row.attributes:
            times = "1" if one.required else "0..1"
            limit = limits.get(f"{path}/@{one.name}") or "–"
            yield f"| `@{one.name}` | {_typed(one.type)} | {times} | {limit} |"
        known = {child.name for child in older[kind].children}
        for child in row.children:
            yield _child_line(child, path, limits, newer=child.name not in known)
            if child.type in shape:
                waiting.append((child.type, f"{path}/{child.name}"))


def _child_line(child: Child, path: str, limits: dict[str, str], *, newer: bool) -> str:
    most = "n" if child.most is None else str(child.most)
    times = most if most == str(child.least) else f"{child.least}..{most}"
    below = f"{path}/{child.name}"
    told = [limits.get(below) or ""]
    told += ["documented: at most one"] if child.name == "personOrUserReported" else []
    told += ["`newer` only"] if newer else []
    said = "; ".join(one for one in told if one) or "–"
    return f"| `{child.name}` | {_typed(child.type)} | {times} | {said} |"


def _typed(kind: str) -> str:
    if kind in PATTERNS:
        return f"string like `{PATTERNS[kind]}`"
    words = sorted(WORDS.get(kind, ()))
    if words and len(words) <= _LISTED_MAX:
        return ", ".join(f"`{word}`" for word in words)
    return f"{kind}, one of {len(words)}" if words else kind
