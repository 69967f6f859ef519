"""The cheap look: which kinds of contact could a text hold at all? Scanned along with the rules.

A cue may be wrong, it may never be missing: `find_contacts` with the cues of a text gives what it
would give with every cue (a property test holds that).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from answerable.screening.contacts.tables import COMMON_TLDS


class Cue:
    """Bits; plain numbers, since this runs for every text."""

    NUMBERS: Final = 1
    AT: Final = 2
    WEB: Final = 4
    PLATFORM: Final = 8
    MONEY: Final = 16
    SPELLED: Final = 32
    ENTITY: Final = 64
    TRIPLE: Final = 128
    ALL: Final = 255


NUMBERISH_MIN = 6
"""A number needs this much of digits (one each) and number words (one or two each)."""

# Words for a single digit, and words for more; parts of words count too, this is only a cue.
DIGIT_WORDS = (
    "zero|one|two|three|four|five|six|seven|eight|nine|niner|fife|"
    "cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|"
    "deux|trois|quatre|cinq|sept|huit|neuf|null|eins|zwei|zwo|drei|vier|funf|sechs|sieben|acht|"
    "neun|dois|duas|quatro|sete|oito|nove|due|quattro|cinque|sette|otto|"
    "nul|een|twee|drie|vijf|zes|zeven|acht|negen|[^a-z]oh?[^a-z]"
)
BIG_WORDS = (
    "ten|eleven|twelve|teen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|"
    "double|triple|treble|doble|diez|once|doce|trece|catorce|quince|dieci|veint|treinta|cuarenta|"
    "cincuenta|sesenta|setenta|ochenta|noventa|cien|quinientos|onze|douze|treize|quatorze|quinze|seize|vingt|"
    "trente|quarante|cinquante|soixante"
)

# Pattern (folded text, ASCII case ignored) -> cue. Where each match ends is where we look closely.
CUE_PATTERNS: tuple[tuple[str, int], ...] = (
    (r"@", Cue.AT | Cue.PLATFORM | Cue.MONEY),
    (r"[(\[{<|*\"] ?(?:at|a|arroba|at sign) ?[)\]}>|*\"]", Cue.AT),
    (r"[(\[{<|*\"] ?(?:d[o0]t|punto|punkt|ponto|point|period|\.) ?[)\]}>|*\"]", Cue.WEB | Cue.AT),
    (r"[^a-z0-9](?:arroba|klammeraffe|arobase|chiocciola|at sign)[^a-z0-9]", Cue.AT),
    (r"[^a-z0-9](?:d[o0]t|punto|punkt|ponto|point|period)[^a-z0-9]", Cue.WEB | Cue.AT),
    (r"[^a-z0-9]at[^a-z0-9][a-z0-9-]{2,30}(?:\.[a-z]{2}|[ ,](?:com|net|org))", Cue.AT),
    ("\U0001f4e7|\u2709|\U0001f4e8|\U0001f4e9", Cue.AT),
    (r"%40|%2e", Cue.WEB | Cue.AT),
    (r"(?:https?|hxxps?)\s?:|www", Cue.WEB),
    (rf"[^ \t\n.]\.(?:{'|'.join(sorted(COMMON_TLDS))})", Cue.WEB),
    (r"[^ \t\n.]\.[a-z]{2}(?:[^a-z0-9]|$)", Cue.WEB),
    (r"(?:,|[ .]\.|\. {1,2})(?:com|net|org)|[. ](?:c0m|0rg)", Cue.WEB | Cue.AT),
    ("(?:\u00b7|\u2022) ?(?:com|net|org)", Cue.WEB | Cue.AT),
    (
        r"instagram|insta(?:[^a-z]|$)|insta.gram|tele.gram|tik.tok|telegram|whats.?app|snap.?chat|we.?chat|weixin",
        Cue.PLATFORM,
    ),
    (r"discord|viber|skype|wickr|threema|facebook|twitter|messenger", Cue.PLATFORM),
    (r"reddit|threads|signal|linkedin|youtube", Cue.PLATFORM),
    (r"(?:[^a-z]|^)(?:kik|snap|ig|tg|sc|fb|tt|wa|qq|icq|line)(?:[^a-z]|$)", Cue.PLATFORM),
    (r"(?:[^a-z0-9]|^)u/[a-z0-9_]", Cue.PLATFORM),
    (r"cash|venmo|paypal|\$[a-z]", Cue.MONEY),
    (r"bc1[a-z0-9]{11}|0x[0-9a-f]{40}|[13][a-z0-9]{25}", Cue.MONEY),
    (r"[a-z]{2}[0-9]{2}\s?[a-z0-9]{4}\s?[a-z0-9]{4}\s?[a-z0-9]", Cue.MONEY),
    (r"\S[ ._*-]\S[ ._*-]\S[ ._*-]\S[ ._*-]\S", Cue.SPELLED),
    (r"&(?:#x?[0-9a-f]|commat|period|lowbar|hyphen|dash|sol|colon|dollar|plus|num;)", Cue.ENTITY),
    ("|".join(f"{c}{c}{c}" for c in "abcdefghijklmnopqrstuvxyz") + "|wwww", Cue.TRIPLE),
)
# Words in a skeleton -> cue: names of platforms under disguise.
SKELETON_CUES: tuple[tuple[str, int], ...] = (
    ("instagram", Cue.PLATFORM),
    ("insta", Cue.PLATFORM),
    ("telegram", Cue.PLATFORM),
    ("whatsapp", Cue.PLATFORM),
    ("snapchat", Cue.PLATFORM),
    ("wechat", Cue.PLATFORM),
    ("discord", Cue.PLATFORM),
    ("tiktok", Cue.PLATFORM),
    ("cashapp", Cue.MONEY),
    ("venmo", Cue.MONEY),
    ("paypal", Cue.MONEY),
)

# Which stretch around the end of a match can hold the contact: so far back, so far on.
REACH = {
    Cue.AT: (140, 90),
    Cue.WEB: (140, 90),
    Cue.PLATFORM: (100, 80),
    Cue.MONEY: (100, 80),
}
NUMBER_REACH = 60
NUMBER_STEP_MAX = 100  # between digits or number words of one number, with what counts for nothing
WORD_CHARS_MAX = 80
ADDRESS_CHARS_MAX = 2_000
Windows = Sequence[tuple[int, int]]


@dataclass(slots=True)
class Glimpse:
    """What the cheap look saw in one text: which cues, and where (folded code points)."""

    bits: int = 0
    ends: dict[int, list[int]] = field(default_factory=dict)
    numbers: list[tuple[int, int]] = field(default_factory=list)  # end of a number word, its weight

    def note(self, cue: int, end: int) -> None:
        self.bits |= cue
        for bit in REACH:
            if cue & bit:
                self.ends.setdefault(bit, []).append(end)

    def everywhere(self, cue: int) -> None:
        """Look through the whole text for this."""
        self.note(cue, -1)

    def windows(self, cue: int, text: str) -> Windows:
        """The stretches worth a close look, in order, apart from one another."""
        if not self.bits & cue:
            return ()
        if cue == Cue.NUMBERS:
            return _around_numbers(text, self.numbers)
        ends = sorted(self.ends[cue])
        if ends[0] < 0:
            return ((0, len(text)),)
        back, ahead = REACH[cue]
        return _merged(text, [(end - back, end + ahead) for end in ends])


class Everything(Glimpse):
    """A look that leaves nothing out: what the cheap look is judged by."""

    def __init__(self) -> None:
        super().__init__(bits=Cue.ALL)

    def windows(self, cue: int, text: str) -> Windows:
        return ((0, len(text)),)


def _merged(text: str, windows: list[tuple[int, int]]) -> Windows:
    """Windows widened to white space, and joined where they touch."""
    found: list[tuple[int, int]] = []
    for start, end in windows:
        if found and end <= found[-1][1]:
            continue
        low = _blank_before(text, max(0, start))
        high = _blank_after(text, min(len(text), end))
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return found


def _blank_before(text: str, place: int) -> int:
    blank = text.rfind(" ", max(0, place - WORD_CHARS_MAX), place)
    return blank + 1 if blank >= 0 else max(0, place - WORD_CHARS_MAX)


_BLANK = re.compile(r"\s")


def _blank_after(text: str, place: int) -> int:
    last = min(len(text), place + ADDRESS_CHARS_MAX)
    blank = _BLANK.search(text, place, last)
    return last if blank is None else blank.start()


_DIGITS = re.compile(r"[0-9]+")


def _around_numbers(text: str, words: Sequence[tuple[int, int]]) -> Windows:
    """Stretches that hold digits and number words enough, close enough together."""
    atoms = [(match.end(), match.end() - match.start()) for match in _DIGITS.finditer(text)]
    atoms = sorted(atoms + list(words)) if words else atoms
    found = []
    first = last = -NUMBER_STEP_MAX - 1
    weight = 0
    for end, size in (*atoms, (len(text) + 2 * NUMBER_STEP_MAX + 1, 0)):
        if end - size - last > NUMBER_STEP_MAX:
            if weight >= NUMBERISH_MIN:
                found.append((first - NUMBER_REACH, last + NUMBER_REACH))
            first, weight = end - max(size, 12), 0
        last = end
        weight += size
    return _merged(text, found)


_NOT_DIGITS = bytes(code for code in range(256) if not 48 <= code <= 57)


def count_digits(data: bytes) -> int:
    return len(data.translate(None, _NOT_DIGITS))
