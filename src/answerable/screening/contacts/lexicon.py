"""How numbers are spelled in the languages of ads: words to digits, folded (no accents)."""

from answerable.screening.contacts.tables import names

_UNITS = {
    "en": "zero one two three four five six seven eight nine",
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve",
    "fr": "zero un deux trois quatre cinq six sept huit neuf",
    "de": "null eins zwei drei vier funf sechs sieben acht neun",
    "pt": "zero um dois tres quatro cinco seis sete oito nove",
    "it": "zero uno due tre quattro cinque sei sette otto nove",
    "nl": "nul een twee drie vier vijf zes zeven acht negen",
}
UNITS: dict[str, str] = {
    word: str(digit) for words in _UNITS.values() for digit, word in enumerate(words.split())
} | {"zwo": "2", "una": "1", "duas": "2", "fuenf": "5", "niner": "9", "fife": "5", "nought": "0"}

_TEENS_EN = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_TEENS_ES = (
    "diez once doce trece catorce quince dieciseis diecisiete dieciocho diecinueve veinte "
    "veintiuno veintidos veintitres veinticuatro veinticinco veintiseis veintisiete veintiocho "
    "veintinueve"
)
_TEENS_FR = "dix onze douze treize quatorze quinze seize"
TEENS: dict[str, str] = {
    word: str(number)
    for words in (_TEENS_EN, _TEENS_ES, _TEENS_FR)
    for number, word in enumerate(words.split(), start=10)
}
_TENS = {
    "en": "twenty thirty forty fifty sixty seventy eighty ninety",
    "es": "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    "fr": "vingt trente quarante cinquante soixante",
}
TENS: dict[str, str] = {
    word: str(number * 10)
    for words in _TENS.values()
    for number, word in enumerate(words.split(), start=2)
} | {"fourty": "40"}

HUNDRED = frozenset({"hundred", "hundreds", "cientos"})
_HUNDREDS_ES = (
    "ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos "
    "novecientos"
)
HUNDREDS = {word: str(number) for number, word in enumerate(_HUNDREDS_ES.split(), start=1)}
HUNDREDS["cien"] = "1"
THOUSAND = frozenset({"thousand", "mil"})
REPEATERS = {"double": 2, "doble": 2, "dubble": 2, "triple": 3, "treble": 3}

# Sound like digits, mean something else: they count only among digits.
HOMOPHONES = {
    "to": "2", "too": "2", "tew": "2", "for": "4", "fore": "4", "foe": "4", "won": "1", "wun": "1",
    "ate": "8", "ait": "8", "oh": "0", "o": "0", "ow": "0", "owe": "0", "tree": "3", "fiv": "5",
    "sicks": "6", "sevn": "7", "nein": "9", "nin": "9", "i": "1", "l": "1",
}  # fmt: skip
# Number words that are everyday words elsewhere; they too count only among digits.
WEAK_NUMBERS = names("un um een due tre sei una once seize dix mil")

# Letters inside a group of digits that pass for digits.
LETTER_DIGITS = {"o": "0", "q": "0", "l": "1", "i": "1", "z": "2", "s": "5", "b": "8"}

# What may be glued to the front of a number.
PREFIXES = names("call text txt tel ph phone cell mob mobile wa whatsapp sms at no")

# Words that may stand between the groups of one number.
FILLERS = names(
    "and then y dash hyphen minus space dot period point guion guiones slash tiret area code "
    "luego e und et con strich punto"
)
