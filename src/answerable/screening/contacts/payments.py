"""Ways to be paid: names at payment services, and account numbers whose checksum holds. Pure."""

import hashlib
import re
from collections.abc import Iterator

from answerable.screening.contacts.cues import Windows
from answerable.screening.contacts.found import Found, matches
from answerable.screening.contacts.tables import NOT_A_NAME
from answerable.screening.model import ContactKind, Technique
from answerable.screening.views import View

PAYMENTS_MAX = 100  # in one field
_CASHTAG = r"\$\s?(?P<name>[a-z][a-z0-9_-]{0,18}[a-z0-9])(?![\w$])"
_CASH = re.compile(
    r"(?<![a-z])(?P<service>c[a4@][s5$]h[\s._-]?[a4@]pp|cash[\s-]?tag|cash\s?me|ca\$happ)"
    rf"[^\n$]{{0,24}}?{_CASHTAG}"
)
_BARE_TAG = re.compile(rf"(?<![\w$]){_CASHTAG}")
_TAG_CONTEXT = re.compile(r"c[a4@][s5$]h\s?[a4@]pp|cash\s?tag|\b(?:pay|send|tip|deposit|chime)\b")
_SERVICE = re.compile(
    r"(?<![a-z])(?P<service>v[e3]nm[o0]|p[a4@]yp[a4@]l)"
    r"(?:\s?(?:id|name|user|username|handle|is|me))?"
    r"(?P<mark>\s{0,3}(?:[:=]|->|-(?=\s))\s{0,3})?\s{0,2}(?P<sign>@)?(?P<name>[a-z0-9][a-z0-9_.-]{2,29})"
    r"(?![\w@])"
)
_SERVICES = {"v": "venmo", "p": "paypal"}
_ACCOUNTS = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"(?P<bech>bc1[02-9ac-hj-np-z]{11,71}|BC1[02-9AC-HJ-NP-Z]{11,71})"
    r"|(?P<base58>[13][1-9A-HJ-NP-Za-km-z]{25,34})"
    r"|(?P<ether>0x[0-9a-fA-F]{40})"
    r"|(?P<iban>[A-Za-z]{2}\d{2}(?:\s?[A-Za-z0-9]{4}){2,7}(?:\s?[A-Za-z0-9]{1,3})?)"
    r")(?![A-Za-z0-9])"
)


def find_payments(view: View, windows: Windows) -> list[Found]:
    """Payment handles as `service:name`; currency addresses and IBANs if their sums hold."""
    found: list[Found] = []
    taken: list[tuple[int, int]] = []
    for one in (*_tags(view, windows), *_services(view, windows), *_accounts(view, windows)):
        if all(one.end <= start or end <= one.start for start, end in taken):
            taken.append((one.start, one.end))
            found.append(one)
    return found[:PAYMENTS_MAX]


def _tags(view: View, windows: Windows) -> Iterator[Found]:
    for match in matches(_CASH, view.text, windows):
        plain = re.fullmatch(r"cash[\s-]?(?:app|tag|me)", match["service"]) is not None
        yield _found(view, "cashapp", match, set() if plain else {Technique.LEET})
    for match in matches(_BARE_TAG, view.text, windows):
        around = view.text[max(0, match.start() - 40) : match.end() + 40]
        if _TAG_CONTEXT.search(around):
            yield _found(view, "cashapp", match, set())


def _services(view: View, windows: Windows) -> Iterator[Found]:
    for match in matches(_SERVICE, view.text, windows):
        name = match["name"].rstrip(".-")
        telling = any(char.isdigit() or char == "_" for char in name)
        if name in NOT_A_NAME or not any(char.isalpha() for char in name):
            continue
        if match["sign"] or match["mark"] or telling:
            tricks = set() if match["service"].isalpha() else {Technique.LEET}
            yield _found(view, _SERVICES[match["service"][0]], match, tricks)


def _found(view: View, service: str, match: re.Match[str], tricks: set[Technique]) -> Found:
    name = match["name"].rstrip(".-")
    start = match.start("name")
    end = start + len(name)
    while start > 0 and view.text[start - 1] in "$@":
        start -= 1
    return Found(
        kind=ContactKind.PAYMENT,
        value=f"{service}:{name}",
        start=start,
        end=end,
        tricks=frozenset(tricks | view.techniques(start, end)),
    )


def _accounts(view: View, windows: Windows) -> Iterator[Found]:
    """Read in the submitted text, since capitals matter; only if the view maps one to one."""
    raw_windows = [view.span(low, high) for low, high in windows if low < high]
    for match in matches(_ACCOUNTS, view.raw, raw_windows):
        value = _account(match)
        if value is None:
            continue
        start, end = _back(view, match.start()), _back(view, match.end())
        if view.span(start, end) != match.span():
            continue
        yield Found(kind=ContactKind.PAYMENT, value=value, start=start, end=end, tricks=frozenset())


def _back(view: View, raw: int) -> int:
    """The first folded index whose submitted place is not before `raw`."""
    low, high = 0, len(view.text)
    while low < high:
        middle = (low + high) // 2
        if view.span(middle, middle + 1)[0] < raw:
            low = middle + 1
        else:
            high = middle
    return low


def _account(match: re.Match[str]) -> str | None:
    written = match.group()
    match match.lastgroup:
        case "bech" if _bech32_holds(written.lower()):
            return f"bitcoin:{written.lower()}"
        case "base58" if _base58_holds(written):
            return f"bitcoin:{written}"
        case "ether":
            return f"ethereum:{written.lower()}"
        case "iban" if _iban_holds(re.sub(r"\s", "", written).upper()):
            return f"iban:{re.sub(r'[^A-Za-z0-9]', '', written).upper()}"
        case _:
            return None


_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def _base58_holds(address: str) -> bool:
    number = 0
    for char in address:
        number = number * 58 + _BASE58.index(char)
    if number >= 1 << 200:
        return False
    data = number.to_bytes(25, "big")
    return hashlib.sha256(hashlib.sha256(data[:21]).digest()).digest()[:4] == data[21:]


def _bech32_holds(address: str) -> bool:
    """BIP 173 and BIP 350: the checksum's polynomial comes out at 1 or at 0x2bc830a3."""
    values = [3, 3, 0, 2, 3]  # "bc" expanded
    values += [_BECH32.index(char) for char in address[3:]]
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, term in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= term if (top >> bit) & 1 else 0
    return check in (1, 0x2BC830A3)


def _iban_holds(iban: str) -> bool:
    """ISO 13616: the first four characters to the back, letters as numbers, 1 modulo 97."""
    if not 15 <= len(iban) <= 34:
        return False
    return int("".join(str(int(char, 36)) for char in iban[4:] + iban[:4])) % 97 == 1
