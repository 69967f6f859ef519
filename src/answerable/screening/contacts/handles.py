"""Names on platforms: `insta: jane_doe`, `@jane on telegram`, disguised platforms too. Pure."""

import re
from collections.abc import Iterator

from answerable.screening.contacts.cues import Windows
from answerable.screening.contacts.found import Found, matches
from answerable.screening.contacts.tables import (
    COMMON_TLDS,
    DISGUISED_PLATFORMS,
    NOT_A_NAME,
    SHORT_PLATFORMS,
    STRONG_PLATFORMS,
    WEAK_PLATFORMS,
)
from answerable.screening.disguise import CLASSES
from answerable.screening.model import ContactKind, Technique
from answerable.screening.views import View

HANDLES_MAX = 100  # in one field
PLAIN_NAME_CHARS_MIN = 5
LETTERS_MIN = 3  # in a name that stands there without any mark
_NAME = r"[a-z0-9_](?:[a-z0-9._-]{1,28}[a-z0-9_])"
_ALIASES = {**STRONG_PLATFORMS, **WEAK_PLATFORMS}


def _disguised(name: str) -> str:
    """A pattern for a platform's name with look-alike signs and signs or spaces in between."""
    letters = []
    for letter in name:
        group = next((group for group in CLASSES if letter in group), letter)
        letters.append("[" + re.escape(group) + "]" if len(group) > 1 else letter)
    apart = r"[\s._*-]".join(letters)
    signs = r"[._*-]?".join(letters)
    return rf"{apart}|{signs}"


_HALVES = (
    r"tele[ ./-]gram", r"insta[ ./-]gram", r"snap[ .-]chat", r"whats[ .-]app", r"we[ .-]chat",
    r"tik[ .-]tok",
)  # fmt: skip
_PLAIN = "|".join(sorted(map(re.escape, _ALIASES), key=len, reverse=True))
_ODD = "|".join(_disguised(name) for name in DISGUISED_PLATFORMS)
_PLATFORM = rf"(?P<halves>{'|'.join(_HALVES)})|(?P<plain>{_PLAIN})|(?P<odd>{_ODD})"
_PLATFORM_AT = re.compile(rf"(?<![\w@/.])(?:{_PLATFORM})(?!\w)")
_IDENT = r"id|handle|username|user\s?name|user|name|nick|usuario|profile|account|acct"
_AFTER = re.compile(
    rf"(?P<ident>\s{{0,2}}(?:my\s)?(?:{_IDENT})\b(?:\s{{0,2}}is\b)?)?"
    r"(?:\s{0,2}(?P<verb>is|as|me|me at|at|me on|under)\b)?"
    r"(?P<mark>\s{0,3}(?:[:=~/]|-?>|\u2192|\u27a1|-(?=\s))\s{0,3})?"
    rf"(?P<space>\s{{0,3}})(?P<sign>@\s?)?(?P<name>{_NAME})(?![\w@])"
)
_BEFORE = re.compile(
    rf"(?<![\w@.])(?P<sign>@)?(?P<name>{_NAME})"
    r"\s{0,2}(?P<link>\b(?:on|en|at|in|via|auf|sur)\s{1,2}(?:my\s|the\s)?|[(\[|-]\s{0,2})\Z"
)
_BARE = re.compile(rf"(?<![\w@.+%/-])@(?P<name>{_NAME})(?![\w@])")
_REDDIT = re.compile(rf"(?<![\w/])/?u/(?P<name>{_NAME})(?![\w/])")
_NUMBERED = re.compile(r"(?<![\w#@])(?P<name>[a-z0-9_.]{2,32}#\d{4})(?!\w)")
_OWN = re.compile(r"\b(?:my|add|me on)\s(?:me on\s)?\Z")  # before a short name: a name follows
_CONTEXT = 60


def find_handles(view: View, windows: Windows) -> list[Found]:
    """Handles as `platform:name`, or the bare name where no platform is named."""
    found: list[Found] = []
    taken: list[tuple[int, int]] = []
    for one in _all(view, windows):
        if all(one.end <= start or end <= one.start for start, end in taken):
            taken.append((one.start, one.end))
            found.append(one)
        if len(found) >= HANDLES_MAX:
            break
    return found


def _all(view: View, windows: Windows) -> Iterator[Found]:
    text = view.text
    for match in matches(_PLATFORM_AT, text, windows):
        platform, tricks = _platform(match)
        tricks |= view.techniques(*match.span())
        weak = match["plain"] in WEAK_PLATFORMS
        after = _AFTER.match(text, match.end())
        own = _OWN.search(text, max(0, match.start() - 12), match.start()) is not None
        short = match["plain"] in SHORT_PLATFORMS
        if after is not None and _is_name_after(after, weak=weak, short=short, own=own):
            yield _found(view, platform, after, tricks)
            continue
        look_back = max(0, match.start() - _CONTEXT)
        before = _BEFORE.search(text, look_back, match.start())
        if before is not None and _is_name_before(before, weak=weak):
            yield _found(view, platform, before, tricks)
    for match in matches(_REDDIT, text, windows):
        yield _found(view, "reddit", match, set())
    for match in matches(_NUMBERED, text, windows):
        if "discord" in text[max(0, match.start() - _CONTEXT) : match.end() + _CONTEXT]:
            yield _found(view, "discord", match, set())
    for match in matches(_BARE, text, windows):
        if _is_handle(match["name"]) and not _is_domain(match["name"]):
            yield _found(view, None, match, set())


def _platform(match: re.Match[str]) -> tuple[str, set[Technique]]:
    """Which platform a match names, and how it was disguised."""
    written = match.group()
    if match["plain"] is not None:
        return _ALIASES[written], set()
    if match["halves"] is not None:
        return STRONG_PLATFORMS[re.sub(r"[ ./-]", "", written)], {Technique.SPLIT}
    bare = re.sub(r"[\s._*-]", "", written)
    tricks = {Technique.SEPARATORS} if bare != written else set()
    if not bare.isalpha():
        tricks.add(Technique.LEET)
    for name in DISGUISED_PLATFORMS:
        if re.fullmatch(_disguised(name), written):
            return _ALIASES[name], tricks
    return _ALIASES[DISGUISED_PLATFORMS[0]], tricks


def _is_name_after(after: re.Match[str], *, weak: bool, short: bool, own: bool) -> bool:
    """`own`: "my" or "add" stands before the platform."""
    name = after["name"]
    if not _is_handle(name) or (not after["sign"] and _is_domain(name)):
        return False
    telling = any(char.isdigit() or char in "_." for char in name) and (
        sum(char.isalpha() for char in name) >= LETTERS_MIN
    )
    if after["sign"]:
        return True
    if after["mark"] is None and not after["space"]:
        return False
    mark = (after["mark"] or "").strip()
    if mark == "/" or (mark == "-" and weak):
        return telling
    weak = weak and not short
    if mark or after["ident"] is not None:
        return telling or not weak or after["ident"] is not None
    if own and not weak and after["verb"] == "is" and len(name) >= PLAIN_NAME_CHARS_MIN:
        return True
    return telling and not weak and not {".", "-"} & set(name)


def _is_name_before(before: re.Match[str], *, weak: bool) -> bool:
    name = before["name"]
    if not _is_handle(name):
        return False
    if before["sign"]:
        return True
    telling = any(char.isdigit() or char == "_" for char in name)
    return telling and not (weak and before["link"][0] in "([|-")


def _is_handle(name: str) -> bool:
    """A handle has a letter, and is neither an everyday word nor a time or a price."""
    if name in NOT_A_NAME or not any(char.isalpha() for char in name):
        return False
    return re.fullmatch(r"\d+(?:am|pm|k|th|st|nd|rd|usd|each|lbs?|kg|hrs?|mins?|h|m)", name) is None


def _is_domain(name: str) -> bool:
    return name.rpartition(".")[2] in COMMON_TLDS and "." in name


def _found(view: View, platform: str | None, match: re.Match[str], tricks: set[Technique]) -> Found:
    name = match["name"]
    start, end = match.span("name")
    if "sign" in match.re.groupindex and match["sign"] is not None:
        start = match.start("sign")
    elif view.text[start - 1 : start] == "@":
        start -= 1
    return Found(
        kind=ContactKind.HANDLE,
        value=name if platform is None else f"{platform}:{name}",
        start=start,
        end=end,
        tricks=frozenset(tricks | view.techniques(start, end)),
    )
