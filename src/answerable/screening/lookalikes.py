"""Tables of signs that look like other signs, put together from common knowledge of the scripts.

`LOOKALIKES` maps one character to the plain Latin letter it passes for. `PUNCTUATION` maps
typographic signs to their typewriter form; using those disguises nothing.
"""

_CYRILLIC = (
    "аa еe оo рp сc уy хx іi јj ѕs ԁd ԛq ԝw һh кk мm тt вb нh ьb ӏl ғf ҳx үy ѵv ҁc ӕae "
    "АA ЕE ОO РP СC УY ХX ІI ЈJ ЅS ԀD ԚQ ԜW ҺH КK МM ТT ВB НH ӀI ҒF ҲX ҮY ѴV"
)
_GREEK = (
    "αa βb εe ηn ιi κk νv οo ρp τt υu χx γy ωw ϲc ϳj ϝf "
    "ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX ϹC"
)
_LATIN = (
    "øo Øo łl Łl đd Đd ħh Ħh ŧt Ŧt ıi ȷj ɑa ɡg ɩi ɪi ʀr ɴn ʟl ʙb ɢg ʜh ʏy ɛe ƽs ʋu ɯw ƅb ƈc ƙk ƚl "
    "ɓb ɖd ɗd ɠg ƒf ƭt ȥz ʐz ᴀa ᴄc ᴅd ᴇe ᴊj ᴋk ᴍm ᴏo ᴘp ᴛt ᴜu ᴠv ᴡw ᴢz ꜰf ꜱs ꞁl ɐa ɔc ǝe ɟf ƃg ɥh "
    "ᴉi ʞk ɹr ʇt ʌv ʍw ʎy ꓮa ꓐb ꓚc ꓓd ꓰe ꓝf ꓖg ꓧh ꓲi ꓙj ꓗk ꓡl ꓟm ꓠn ꓳo ꓑp ꓣr ꓢs ꓔt ꓴu ꓦv ꓪw "
    "ꓫx ꓬy ꓜz"
)
_OTHER = (
    "օo սu հh աw զq ոn ցg ՏS ՕO Սu "  # Armenian
    "ᎪA ᏴB ᏟC ᎠD ᎬE ᎻH ᎥI ᎫJ ᏦK ᏞL ᎷM ᏢP ᏒR ᏚS ᎢT ᏙV ᎳW ᏃZ "  # Cherokee
    "Ɩi ǀl ⅼl ∣l ǃi ⍳i ⍺a ℮e ⲟo ⲣp ⲥc"
)


def _pairs(*tables: str) -> dict[str, str]:
    found = {}
    for table in tables:
        for pair in table.split():
            found[pair[0]] = pair[1:].lower()
    return found


LOOKALIKES = _pairs(_CYRILLIC, _GREEK, _LATIN, _OTHER)

PUNCTUATION = {
    **dict.fromkeys("‘’‚‛′ʼʹʻ´｀ˈ＇", "'"),
    **dict.fromkeys("“”„‟″«»〝〞", '"'),
    **dict.fromkeys("‐‑‒–—―−﹘﹣⁃➖", "-"),
    **dict.fromkeys("。｡․", "."),
    **dict.fromkeys("⁄∕", "/"),
    **dict.fromkeys("⋅∙・･", "·"),
    **dict.fromkeys("﹫", "@"),
    **dict.fromkeys("➕＋", "+"),
    **dict.fromkeys("〔〘【", "("),
    **dict.fromkeys("〕〙】", ")"),
    "\u2028": "\n",
    "\u2029": "\n",
    "\u0085": "\n",
}

# Marks that are put over or under letters of any script without changing which letter it is.
MARKS = (
    (0x0300, 0x036F),
    (0x0483, 0x0489),
    (0x0591, 0x05C7),
    (0x0610, 0x061A),
    (0x064B, 0x065F),
    (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF),
    (0x20D0, 0x20F0),
    (0xFE20, 0xFE2F),
)
KEYCAP = "\u20e3"

# Drawn as nothing, though not of category Cf.
BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0\u2800")
VARIATION_SELECTORS = ((0xFE00, 0xFE0F), (0xE0100, 0xE01EF))

# Runs of 26 letters that no normal form resolves: first code point of `a`.
LETTER_BLOCKS = (0x1F150, 0x1F170)
REGIONAL_A = 0x1F1E6

# Scripts written without spaces between words: a word may touch its neighbours there.
UNSPACED = (
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x2E80, 0x9FFF),
    (0xAC00, 0xD7A3),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)
