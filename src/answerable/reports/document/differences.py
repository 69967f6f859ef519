"""reports.document.differences: what two editions of the schema say differently, path by path."""

from collections.abc import Iterator
from dataclasses import dataclass

from answerable.reports.document.outline import Outline, Place
from answerable.reports.document.schema import PATTERNS, WORDS
from answerable.reports.document.shape import ROOTS, SHAPES, Child, Row, read_row
from answerable.reports.document.values import Profile

_ANSWERS = {
    "reportResponse": "responseCode:int responseDescription:string reportId:long? fileId:token? "
    "hash:token?",
    "reportDoneResponse": "responseCode:int reportId:long files",
    "files": "fileId:string*",
}
"""What answers look like, as far as the schema tells."""

_WORDS_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing at one path: `added`, `removed`, or which property changed, from what to what."""

    path: str
    what: str
    before: str = ""
    after: str = ""

    def __str__(self) -> str:
        if self.what == "added":
            return f"+ {self.path}: {self.after}"
        if self.what == "removed":
            return f"- {self.path}: {self.before}"
        return f"~ {self.path}: {self.what} was {self.before}, is {self.after}"


def own_outline(profile: Profile) -> Outline:
    """The schema that our own documents are made by, in this edition."""
    answers = {name: read_row(row) for name, row in _ANSWERS.items()}
    shape = SHAPES[profile] | answers
    found: dict[str, Place] = {}
    for root in (*ROOTS, "reportResponse", "reportDoneResponse"):
        _own(shape, Child(name=root, type=root, least=1, most=1), root, frozenset(), found)
    return found


def differences(before: Outline, after: Outline) -> tuple[Difference, ...]:
    """Each path that was added, removed or changed; below an added or removed one, nothing more."""
    found = [
        *_only_in(before, after, "removed"),
        *_only_in(after, before, "added"),
        *(
            one
            for path in before
            if path in after
            for one in _changed(path, before[path], after[path])
        ),
    ]
    order = {path: place for place, path in enumerate((*before, *after))}
    return tuple(sorted(found, key=lambda one: order[one.path]))


def _only_in(these: Outline, those: Outline, what: str) -> Iterator[Difference]:
    for path, place in these.items():
        if path in those or path.rpartition("/")[0] in these.keys() - those.keys():
            continue
        side = {"removed": "before", "added": "after"}[what]
        yield Difference(path=path, what=what, **{side: _told(place)})


def _changed(path: str, old: Place, new: Place) -> Iterator[Difference]:
    told = {
        "type": (old.type or "elements", new.type or "elements"),
        "number": (_number(old), _number(new)),
        "pattern": (old.pattern or "none", new.pattern or "none"),
        "alternatives": (_listed(old.instead_of), _listed(new.instead_of)),
    }
    for what, (before, after) in told.items():
        if before != after:
            yield Difference(path=path, what=what, before=before, after=after)
    if old.words != new.words:
        gone, come = old.words - new.words, new.words - old.words
        yield Difference(
            path=path,
            what="words" if old.words and new.words else "list of words",
            before=f"with {_listed(gone)}" if old.words else "open",
            after=f"with {_listed(come)}" if new.words else "open",
        )
    both = set(old.children) & set(new.children)
    orders = [" ".join(n for n in one.children if n in both) for one in (old, new)]
    if orders[0] != orders[1]:
        yield Difference(path=path, what="order", before=orders[0], after=orders[1])


def _told(place: Place) -> str:
    words = f" of {len(place.words)} words" if place.words else ""
    return f"{place.type or 'elements'}{words}, {_number(place)}"


def _number(place: Place) -> str:
    if place.most == place.least:
        return str(place.least)
    return f"{place.least} to {'any number' if place.most is None else place.most}"


def _listed(words: frozenset[str]) -> str:
    shown = [word or "(empty)" for word in sorted(words)[:_WORDS_SHOWN]]
    more = len(words) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "") if words else "none"


def _own(
    shape: dict[str, Row],
    child: Child,
    path: str,
    instead_of: frozenset[str],
    found: dict[str, Place],
) -> None:
    row = shape.get(child.type)
    kind = child.type if row is None else row.text or ""
    for attribute in row.attributes if row else ():
        found[f"{path}/@{attribute.name}"] = _place(
            attribute.type, 1 if attribute.required else 0, 1
        )
    names = tuple(one.name for one in row.children) if row else ()
    free = row is not None and row.group == "flags"
    found[path] = _place(
        kind, child.least, child.most, instead_of, tuple(sorted(names)) if free else names
    )
    for one in row.children if row else ():
        among = frozenset(
            names if row and row.group == "choice" else row.at_most_one if row else ()
        )
        others = among - {one.name} if one.name in among else frozenset()
        slot = Child(name=one.name, type=one.type, least=0 if others else one.least, most=one.most)
        _own(shape, slot, f"{path}/{one.name}", others, found)


def _place(
    kind: str,
    least: int,
    most: int | None,
    instead_of: frozenset[str] = frozenset(),
    children: tuple[str, ...] = (),
) -> Place:
    listed = kind in WORDS or kind in PATTERNS
    return Place(
        type="string" if listed else kind,
        least=least,
        most=most,
        words=WORDS.get(kind, frozenset()),
        pattern=PATTERNS.get(kind, ""),
        instead_of=instead_of,
        children=children,
    )
