"""E-mail and web addresses, also with `at` and `dot` in words, brackets or signs. Pure.

Both are read from their anchor outwards: the `@` (or what stands for it), the ending after a dot.
"""

import re
from dataclasses import dataclass, replace

from answerable.screening.contacts.cues import Windows
from answerable.screening.contacts.found import Found
from answerable.screening.contacts.found import matches as _matches
from answerable.screening.contacts.phones import read_number
from answerable.screening.contacts.tables import (
    COMMON_TLDS,
    MAIL_PROVIDERS,
    NO_DOMAINS,
    NOT_A_NAME,
    PAGES_NOT_PROFILES,
    PAYMENT_HOSTS,
    PROFILE_HOSTS,
    TLDS,
    WORDY_TLDS,
    names,
)
from answerable.screening.model import ContactKind, Technique
from answerable.screening.views import View, fold

ADDRESSES_MAX = 100  # of a kind in one field
LOCAL_LOOK_BACK = 96  # RFC 5321 allows 64; words for dots need more

_OPEN, _CLOSE = r"[(\[{<|*\"]", r"[)\]}>|*\"]"
_AT_WORD = r"at\s?sign|[a@]t|arroba|klammeraffe|arobase|chiocciola"
_AT = re.compile(
    rf"(?P<bracket>\s{{0,2}}{_OPEN}\s{{0,2}}(?:{_AT_WORD}|a|@)\s{{0,2}}{_CLOSE}\s{{0,2}})"
    r"|(?P<entity>\s{0,2}(?:&#0{0,4}64;?|&#x0{0,4}40;?|&commat;|%40)\s{0,2})"
    r"|(?P<symbol>\s{0,2}[\U0001f4e7\u2709\U0001f4e8\U0001f4e9]\s{0,2})"
    rf"|(?P<word>(?:[ \t\n]{{1,3}}|[_*-]{{1,3}})(?:{_AT_WORD})(?:[ \t\n]{{1,3}}|[_*-]{{1,3}}))"
    r"|(?P<sign>[ ]{0,2}@[ ]{0,2})"
)
_DOT_WORD = r"d[o0]t|punto|punkt|ponto|point|period"
_DOT = (
    rf"(?:\s{{0,2}}{_OPEN}\s{{0,2}}(?:{_DOT_WORD}|\.)\s{{0,2}}{_CLOSE}\s{{0,2}}"
    r"|\s{0,2}(?:&#0{0,4}46;?|&#x0{0,4}2e;?|&period;|%2e)\s{0,2}"
    rf"|(?:[ \t]{{1,3}}|[_*-]{{1,3}})(?:{_DOT_WORD})(?:[ \t]{{1,3}}|[_*-]{{1,3}})"
    r"|[ ]{0,2}[.\u00b7\u2022][ ]{0,2}"
    r"|,)"
)
_LABEL = rf"[^\W_]{{1,63}}+(?:-(?!(?:{_DOT_WORD})-)[^\W_]{{1,63}}+){{0,6}}+"
_SPELLED_TLDS = {"c0m": "com", "0rg": "org", "n3t": "net"}
_TLDS = "|".join((TLDS, *_SPELLED_TLDS))
_ENDS = rf"(?![\w-])(?!{_DOT}(?:{TLDS})(?![\w-]))"
_DOMAIN = re.compile(
    rf"(?P<host>{_LABEL}(?:{_DOT}{_LABEL}){{0,4}}?)(?P<last>{_DOT})(?P<tld>{_TLDS}){_ENDS}"
)
_ANY_DOMAIN = re.compile(
    rf"(?P<host>{_LABEL}(?:\.{_LABEL}){{0,4}})\.(?P<tld>[^\W\d_]{{2,24}})(?![\w-])"
)
_NO_DOT = re.compile(r"(?P<host>[a-z0-9-]{2,30})(?P<last> )(?P<tld>com|net|org)(?![\w-])")
_LOCAL_PART = re.compile(r"(?<![\w.%+'-])[\w.%+'-]++\Z")
_LOCAL_JOIN = re.compile(
    rf"(?:\s{{1,2}}(?:{_DOT_WORD}|underscore|dash|hyphen|guion bajo|guion)\s{{1,2}}"
    rf"|\s?{_OPEN}\s{{0,2}}(?:{_DOT_WORD}|\.)\s{{0,2}}{_CLOSE}\s?)\Z"
)
LOCAL_JOINS_MAX = 3  # john dot q dot smith
JOIN_CHARS_MAX = 16
_LETTER_A = re.compile(r"\w@\Z")
_JOINS = {
    "underscore": "_", "guion bajo": "_", "dash": "-", "hyphen": "-", "guion": "-",
}  # fmt: skip
_MAIL_BEFORE = re.compile(r"\b(?:e-?mail|mail|correo|write|escrib\w*)\b[^\n]{0,24}\Z")
_NO_LOCAL = names(
    "me us it you him her them look available here open all am is are be call text visit found "
    "listed online only more see shop back now and or at on sold held live based"
)


@dataclass(frozen=True, slots=True)
class _Domain:
    name: str
    tld: str
    start: int
    end: int
    tricks: frozenset[Technique]


def find_emails(view: View, windows: Windows) -> list[Found]:
    """E-mail addresses in lower case. What cannot be read with some certainty is left out."""
    found: list[Found] = []
    for anchor in _matches(_AT, view.text, windows):
        how = anchor.lastgroup or "sign"
        read = _domain_after(view.text, anchor.end(), how, tight=anchor.group() == "@")
        if read is None:
            continue
        local = _local_before(view.text, anchor.start())
        if local is None or not _is_mail(view.text, how, local, read):
            continue
        start = anchor.start() - len(local)
        if how != "sign" and _LETTER_A.search(view.text, max(0, start - 2), start):
            written = _LOCAL_PART.search(view.text, max(0, start - LOCAL_LOOK_BACK), start - 1)
            if written is not None:  # an @ for an a within the name
                start = written.start()
                local = f"{written.group()}a{local}"
                read = replace(read, tricks=read.tricks | {Technique.LEET})
        tricks = {*read.tricks, *_tricks_of(local), *_ANCHOR_TRICKS[how]}
        if how == "sign" and anchor.group() != "@":
            tricks.add(Technique.SEPARATORS)
        value = f"{_spell_local(local)}@{read.name}"
        found.append(_found(view, ContactKind.EMAIL, value, start, read.end, tricks))
        if len(found) >= ADDRESSES_MAX:
            break
    return found


_ANCHOR_TRICKS: dict[str, tuple[Technique, ...]] = {
    "sign": (),
    "bracket": (Technique.BRACKETS,),
    "entity": (Technique.ENTITY,),
    "symbol": (Technique.SYMBOL,),
    "word": (Technique.AT_WORDS,),
}


def _found(
    view: View, kind: ContactKind, value: str, start: int, end: int, tricks: set[Technique]
) -> Found:
    submitted = view.techniques(start, end)
    begin, finish = view.span(start, end)
    raw = view.raw[begin:finish]
    if not value.isascii() or (not submitted.isdisjoint(_OF_LETTERS) and _is_foreign(raw)):
        # an address in its own script is no disguise: its value is what was written
        submitted -= _OF_LETTERS
        if not tricks:
            value = raw.lower()
    return Found(kind=kind, value=value, start=start, end=end, tricks=frozenset(tricks | submitted))


_OF_LETTERS = frozenset({Technique.LOOKALIKE, Technique.DIACRITICS})


def _is_foreign(raw: str) -> bool:
    """Whether the letters before the ending are all of another script than Latin."""
    letters = [char for char in raw.partition(".")[0] if char.isalpha()]
    return bool(letters) and not any(char.isascii() for char in letters)


def _domain_after(text: str, start: int, how: str, *, tight: bool) -> _Domain | None:
    match = _DOMAIN.match(text, start)
    if match is None and (tight or how in ("bracket", "entity")):
        match = _ANY_DOMAIN.match(text, start)
    if match is None:
        match = _NO_DOT.match(text, start)
        if match is None or not (how != "word" or match["host"] in MAIL_PROVIDERS):
            return None
        name = f"{match['host']}.{match['tld']}"
        return _Domain(name, match["tld"], start, match.end(), frozenset({Technique.OMITTED}))
    return _domain(match)


def _domain(match: re.Match[str]) -> _Domain:
    raw = match.group()
    tld = _SPELLED_TLDS.get(match["tld"], match["tld"])
    name = re.sub(_DOT, ".", match["host"]) + "." + tld
    tricks = _tricks_of(raw) | ({Technique.LEET} if tld != match["tld"] else set())
    return _Domain(name, tld, match.start(), match.end(), frozenset(tricks))


def _local_before(text: str, end: int) -> str | None:
    """The local part that ends at `end`, read backwards piece by piece."""
    low = max(0, end - LOCAL_LOOK_BACK)
    start = end
    for _ in range(LOCAL_JOINS_MAX + 1):
        piece = _LOCAL_PART.search(text, low, start)
        if piece is None:
            break
        begin = piece.start() + len(piece.group()) - len(piece.group().lstrip(".%+'-"))
        if begin == start or text[start - 1] in ".%'":
            break
        best = begin
        join = _LOCAL_JOIN.search(text, max(low, begin - JOIN_CHARS_MAX), begin)
        if join is None:
            return text[best:end]
        start = join.start()
    else:
        return text[best:end]
    return None if start == end else text[best:end]


def _spell_local(local: str) -> str:
    spelled = local
    for word, sign in _JOINS.items():
        spelled = re.sub(rf"\s+{word}\s+", sign, spelled)
    return re.sub(_DOT, ".", spelled)


def _tricks_of(piece: str) -> set[Technique]:
    """How dots are written in a local part or a domain."""
    tricks = set()
    if re.search(rf"\s(?:{_DOT_WORD}|underscore|dash|hyphen|guion)\s", piece) or re.search(
        rf"[_*-](?:{_DOT_WORD})[_*-]", piece
    ):
        tricks.add(Technique.AT_WORDS)
    if re.search(_OPEN, piece):
        tricks.add(Technique.BRACKETS)
    if "&" in piece or "%2e" in piece:
        tricks.add(Technique.ENTITY)
    if re.search(r" [.]|[.] |,|[\u00b7\u2022]", piece):
        tricks.add(Technique.SEPARATORS)
    return tricks


def _is_mail(text: str, how: str, local: str, domain: _Domain) -> bool:
    """Weigh what `at` in words may mean: `jane at example dot com`, but `look at shop.com`."""
    if how != "word":
        return not (how == "sign" and local in _NO_LOCAL and domain.tld not in COMMON_TLDS)
    spelled = Technique.AT_WORDS in domain.tricks or Technique.BRACKETS in domain.tricks
    if local.split()[-1] in _NO_LOCAL:
        return False
    start = domain.start
    before = text[max(0, start - len(local) - 40) : start - len(local)]
    provider = domain.name.split(".")[0] in MAIL_PROVIDERS - {"example", "live", "mail"}
    marked = any(char in "._+-" or char.isdigit() for char in local)
    return spelled or provider or marked or _MAIL_BEFORE.search(before) is not None


HOST_CHARS_MIN = 3  # before the ending, its dot counted, of an address without scheme
_KNOWN_HOSTS = PROFILE_HOSTS.keys() | PAYMENT_HOSTS.keys() | {"wa.me"}
_ARTICLE = re.compile(r"\b(?:a|an|the|this|that|our|my|first|early|former|new|every)\s{1,2}\Z")
_SCHEME = r"(?P<scheme>h(?:tt|xx|\*\*)ps?\s?(?::|\[:\])\s?//\s?)"
_WEB = re.compile(
    rf"(?<![\w@'])(?:{_SCHEME}|(?P<www>www{_DOT}))?"
    rf"(?P<host>{_LABEL}(?:{_DOT}{_LABEL}){{0,3}}?)(?P<last>{_DOT})(?P<tld>{_TLDS})(?!@){_ENDS}"
    r"(?P<port>:\d{2,5})?(?P<path>[/?#][^\s<>\"'\u201d]*)?"
)
_SCHEMED = re.compile(
    r"(?P<scheme>https?://)(?P<host>[\w.-]{1,250})(?P<port>:\d{2,5})?"
    r"(?P<path>[/?#][^\s<>\"'\u201d]*)?"
)


def find_urls(view: View, windows: Windows) -> list[Found]:
    """Web addresses: profile pages as handles, `wa.me` as phones, payment pages as payments."""
    found: list[Found] = []
    for match in (
        *_matches(_WEB, view.text, windows),
        *_matches(_SCHEMED, view.text, windows),
    ):
        one = _read_url(view, match)
        if one is not None:
            found.append(one)
        if len(found) >= ADDRESSES_MAX:
            break
    return found


def _read_url(view: View, match: re.Match[str]) -> Found | None:
    groups = match.groupdict()
    path = (groups["path"] or "").rstrip(".,;:!?)]}'*")
    end = match.end() - len(groups["path"] or "") + len(path)
    host = re.sub(_DOT, ".", match["host"])
    tricks = set()
    if groups.get("tld"):
        tricks = _tricks_of(match.group()[: match.end("tld") - match.start()])
        host = f"{host}.{_SPELLED_TLDS.get(groups['tld'], groups['tld'])}"
        if groups["tld"] in _SPELLED_TLDS:
            tricks.add(Technique.LEET)
        if (
            not groups["scheme"]
            and not groups["www"]
            and not _is_bare_domain(view, match, host, path, tricks)
        ):
            return None
    if groups["scheme"] and not re.match(r"https?://", groups["scheme"]):
        tricks.add(Technique.LEET)
    host = host.strip(".-").removeprefix("www.")
    if "." not in host:
        return None
    begin, finish = view.span(end - len(path), end) if path else (0, 0)
    written = view.raw[begin:finish] if path else ""
    kind, value = _name_url(host, written.rstrip("/"))
    if kind is ContactKind.URL and groups["port"]:
        value = host + groups["port"] + value.removeprefix(host)
    return _found(view, kind, value, match.start(), end, tricks)


def _is_bare_domain(
    view: View, match: re.Match[str], host: str, path: str, tricks: set[Technique]
) -> bool:
    """Whether `word.tld` without scheme is an address, and not two sentences without a space."""
    if host in NO_DOMAINS:
        return False
    tld = match["tld"]
    last = match["last"]
    if path and host in _KNOWN_HOSTS:
        return True
    if len(host) < len(tld) + HOST_CHARS_MIN or (tld in WORDY_TLDS and not path):
        return False
    if last != "." and tld not in COMMON_TLDS:
        return False
    if last != "." and not _is_meant(view.text, match):
        return False
    begin, finish = view.span(match.start("tld"), match.end("tld"))
    before, after = view.span(match.start("host"), match.end("host"))
    sentence = view.raw[begin:finish][:1].isupper() and not view.raw[before:after].isupper()
    return not sentence or bool(tricks)


def _is_meant(text: str, match: re.Match[str]) -> bool:
    """Whether an odd dot belongs to an address: `shop . com`, but not `in .NET` or `a dot com`."""
    host, last, tld = match["host"], match["last"], match["tld"]
    if last == ",":
        return tld in ("com", "net", "org") and host not in NOT_A_NAME
    if last.strip() == ".":
        if tld not in ("com", "org") or last not in (" .", " . ") or host in NOT_A_NAME:
            return False
    elif not any(char in "([{<|*&%\u00b7\u2022" for char in last):
        before = text[max(0, match.start() - 10) : match.start()]
        return host not in NOT_A_NAME and _ARTICLE.search(before) is None
    return True


def _name_url(host: str, path: str) -> tuple[ContactKind, str]:
    """What a page is: a profile, a phone, a way to pay, or just a page."""
    first = path.strip("/").split("/")
    name = first[0].split("?")[0].split("#")[0].lstrip("@$")
    if len(first) > 1 and name in ("add", "u", "user") and host != "t.me":
        name = first[1].split("?")[0].lstrip("@$")
    if host in ("wa.me", "api.whatsapp.com"):
        number = read_number(re.sub(r"[^0-9]", "", fold(path).text), "US", plus=True)
        if number is not None:
            return ContactKind.PHONE, number[0]
    usable = re.fullmatch(r"[\w.-]{2,40}", name) is not None
    if host in PAYMENT_HOSTS and usable:
        return ContactKind.PAYMENT, f"{PAYMENT_HOSTS[host]}:{name.lower()}"
    if host in PROFILE_HOSTS and usable and name.lower() not in PAGES_NOT_PROFILES:
        return ContactKind.HANDLE, f"{PROFILE_HOSTS[host]}:{name.lower()}"
    return ContactKind.URL, host + path
