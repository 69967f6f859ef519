"""Documents by the thousand for the receiver's schema: right ones by two writers, and wrong ones.

`TableWriter` follows the receiver's tables. `XsdWriter` follows any XML Schema file, and so writes
what the tables may have forgotten. `spoil` makes one small change that a real client might make.
"""

import copy
import random
from collections.abc import Callable

from lxml import etree

from answerable.apps.receiver.shapes import Kind, Part
from answerable.apps.receiver.tables import documents
from answerable.apps.receiver.values import Lexical, Profile, Simple

XS = "{http://www.w3.org/2001/XMLSchema}"
WORDS = ("", "blue bicycle", "naïve €", " two  blanks ", "a&b<c>", "https://ads.example.com/1?a=b")
BY_FORM = {
    "string": WORDS,
    "token": ("", "a1b2", " spaced  out "),
    "boolean": ("true", "false", "1", "0"),
    "int": ("0", "7", "-3", "+4", "0012", "2147483647"),
    "long": ("4000001", "9223372036854775807", "-1"),
    "double": ("1.5", "-71.06", "1e3", "NaN", ".5"),
    "dateTime": ("2026-09-01T10:00:00Z", "2024-02-29T23:59:59.5-05:00", "2026-01-01T24:00:00"),
    "date": ("1990-02-28", "2000-02-29"),
}
# Blanks after a dateTime and a lone `e` in a double are left out: libxml2 lets them pass, and the
# receiver, as the documentation of the protocol asks, does not.
ODD = (
    "", " ", "true", "false", "1", "0", "TRUE", "yes", " true ", "-1", "+1", "1.0", "1e3", "1,5",
    "2147483648", "9223372036854775808", "INF", "+INF", "abc", "a b", "US", "us", "USA", "WA", "AS",
    "Child Sex Trafficking", "child sex trafficking", "Home", "Mobile", "Linked", "Upload",
    "Message Sent", "EXIF", "A1", "Reported", "Supplemental Reported", "+1", "+1234", "001", "12a",
    "2026-09-01", "2026-09-01T10:00:00Z", "2026-09-01T10:00:00", "2026-09-01T10:00Z",
    "2026-09-01 10:00:00Z", "2026-09-01T10:00:00+0000", "2026-09-01T10:00:60Z",
    "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "2026-09-01T25:00:00Z", " 2026-09-01",
    "2026-09-01T10:00:00+14:01", "2026-09-01T10:00:00-14:00", "0000-01-01", "1990-02-30",
)  # fmt: skip
PATTERNED = {r"\+[0-9]{1,3}": ("+1", "+44", "+380"), r"[0-9]+": ("1", "0042")}


class TableWriter:
    """Right documents, as the receiver's tables have it. `fullness` from 0 to 1."""

    def __init__(self, luck: random.Random, fullness: float) -> None:
        self._luck = luck
        self._fullness = fullness

    def write(self, root: str) -> etree._Element:
        chosen = documents(Profile.NOV_2025)
        kind = chosen.report if root == "report" else chosen.file_details
        return self._element(root, kind)

    def _element(self, name: str, kind: Kind) -> etree._Element:
        element = etree.Element(name)
        for attribute in kind.attributes:
            if attribute.required or self._luck.random() < self._fullness:
                element.set(attribute.name, self._value(attribute.simple))
        if kind.text is not None:
            element.text = self._value(kind.text)
        parts = list(kind.parts)
        if kind.any_order:
            self._luck.shuffle(parts)
        for part in parts:
            slot = self._luck.choice(part.options)
            element.extend(
                self._element(slot.name, slot.kind) for _ in range(self._count(part, slot.most))
            )
        return element

    def _count(self, part: Part, most: int | None) -> int:
        if self._luck.random() >= self._fullness:
            return part.least
        return 1 if most is not None else self._luck.randint(1, 3)

    def _value(self, simple: Simple) -> str:
        if simple.allowed:
            return self._luck.choice(simple.allowed)
        if simple.pattern:
            return self._luck.choice(PATTERNED[simple.pattern])
        if simple.lexical is Lexical.FLAG:
            return self._luck.choice(("", "true"))
        return self._luck.choice(BY_FORM[simple.lexical.value.removeprefix("xs:")])


class XsdWriter:
    """Right documents, as an XML Schema file has it: enough of XML Schema for that file."""

    def __init__(self, schema: etree._Element, luck: random.Random, fullness: float) -> None:
        self._luck = luck
        self._fullness = fullness
        self._named = {
            (str(found.tag), found.get("name")): found
            for found in schema
            if isinstance(found.tag, str)
        }

    def write(self, root: str) -> etree._Element:
        return self._element(self._named[XS + "element", root])

    def _element(self, declared: etree._Element) -> etree._Element:
        if reference := declared.get("ref"):
            declared = self._named[XS + "element", reference]
        element = etree.Element(str(declared.get("name")))
        if declared.get("fixed") is not None:
            element.text = self._luck.choice(("", str(declared.get("fixed"))))
            return element
        inline = declared.find(XS + "complexType")
        if inline is not None:
            self._fill(element, inline)
        else:
            self._of_type(element, str(declared.get("type")))
        return element

    def _of_type(self, element: etree._Element, name: str) -> None:
        named = self._named.get((XS + "complexType", name))
        if named is not None:
            self._fill(element, named)
        else:
            element.text = self._value(name)

    def _fill(self, element: etree._Element, kind: etree._Element) -> None:
        extension = kind.find(f"{XS}simpleContent/{XS}extension")
        holder = kind if extension is None else extension
        if extension is not None:
            element.text = self._value(str(extension.get("base")))
        for attribute in holder.findall(XS + "attribute"):
            if attribute.get("use") == "required" or self._luck.random() < self._fullness:
                element.set(str(attribute.get("name")), self._value(str(attribute.get("type"))))
        for group in (*kind.findall(XS + "sequence"), *kind.findall(XS + "choice")):
            self._group(element, group)
        for group in kind.findall(XS + "all"):
            found = list(group)
            self._luck.shuffle(found)
            element.extend(self._element(item) for item in found if self._wanted())

    def _group(self, element: etree._Element, group: etree._Element) -> None:
        items = [item for item in group if item.tag in (XS + "element", XS + "choice")]
        if group.tag == XS + "choice":
            items = [self._luck.choice(items)]
        for item in items:
            if item.tag == XS + "choice":
                self._group(element, item)
                continue
            least = int(item.get("minOccurs", "1"))
            most = item.get("maxOccurs", "1")
            count = least
            if self._wanted():
                count = max(least, 1 if most == "1" else self._luck.randint(1, 3))
            element.extend(self._element(item) for _ in range(count))

    def _wanted(self) -> bool:
        return self._luck.random() < self._fullness

    def _value(self, name: str) -> str:
        if name.startswith("xs:"):
            return self._luck.choice(BY_FORM[name.removeprefix("xs:")])
        restriction = self._named[XS + "simpleType", name].find(XS + "restriction")
        assert restriction is not None
        if allowed := [str(v.get("value")) for v in restriction.findall(XS + "enumeration")]:
            return self._luck.choice(allowed)
        pattern = restriction.find(XS + "pattern")
        if pattern is not None:
            return self._luck.choice(PATTERNED[str(pattern.get("value"))])
        return self._value(str(restriction.get("base")))


# -- one small change -----------------------------------------------------------------------------


def spoil(root: etree._Element, luck: random.Random) -> etree._Element:
    """A copy with one small change somewhere below the root. Often, not always, wrong."""
    changed = copy.deepcopy(root)
    luck.choice(_CHANGES)(changed, luck)
    return changed


def _below(root: etree._Element, luck: random.Random) -> etree._Element:
    return luck.choice(list(root.iterdescendants()))


def _drop(root: etree._Element, luck: random.Random) -> None:
    victim = _below(root, luck)
    parent = victim.getparent()
    assert parent is not None
    parent.remove(victim)


def _double(root: etree._Element, luck: random.Random) -> None:
    element = _below(root, luck)
    element.addnext(copy.deepcopy(element))


def _swap(root: etree._Element, luck: random.Random) -> None:
    element = _below(root, luck)
    following = element.getnext()
    if following is not None:
        following.addnext(element)


def _rename(root: etree._Element, luck: random.Random) -> None:
    _below(root, luck).tag = luck.choice([*_names(root), "username", "{http://example.org}report"])


def _insert(root: etree._Element, luck: random.Random) -> None:
    near = _below(root, luck)
    new = etree.Element(luck.choice([*_names(root), *_VOCABULARY]))
    near.addnext(new) if luck.random() < 0.5 else near.append(new)


def _move(root: etree._Element, luck: random.Random) -> None:
    element, target = _below(root, luck), _below(root, luck)
    if element not in (target, *target.iterancestors()):
        target.append(element)


def _add_attribute(root: etree._Element, luck: random.Random) -> None:
    name = luck.choice((*_ATTRIBUTES, "accountType", "id", "{http://example.org}a"))
    _below(root, luck).set(name, luck.choice(ODD))


def _drop_attribute(root: etree._Element, luck: random.Random) -> None:
    bearing = [element for element in root.iter() if element.attrib]
    if bearing:
        element = luck.choice(bearing)
        del element.attrib[luck.choice(list(element.attrib))]


def _odd_attribute(root: etree._Element, luck: random.Random) -> None:
    bearing = [element for element in root.iter() if element.attrib]
    if bearing:
        element = luck.choice(bearing)
        element.set(luck.choice(list(element.attrib)), luck.choice(ODD))


def _odd_text(root: etree._Element, luck: random.Random) -> None:
    leaves = [element for element in root.iterdescendants() if len(element) == 0]
    luck.choice(leaves).text = luck.choice(ODD)


def _stray_text(root: etree._Element, luck: random.Random) -> None:
    _below(root, luck).tail = luck.choice((" ", "\n", "stray", "\u00a0"))


_ATTRIBUTES = (
    "type", "verified", "verificationDate", "countryCallingCode", "extension", "reason",
    "thirdPartyHostedContent", "fleaCountry", "disabledDate", "userNotified", "reenabledDate",
    "timestamp", "thirdPartyUser", "hashType",
)  # fmt: skip
_VOCABULARY = (
    "additionalInfo", "url", "content", "phone", "email", "age", "priorCTReport", "priorCTReports",
    "groupIdentifier", "vehicleDescription", "potentialMeme", "spam", "viral", "ipCaptureEvent",
    "displayName", "schoolName", "informational", "ageAssertionDiscrepancy",
)  # fmt: skip
_CHANGES: tuple[Callable[[etree._Element, random.Random], None], ...] = (
    _drop, _double, _swap, _rename, _insert, _move, _add_attribute, _drop_attribute,
    _odd_attribute, _odd_text, _odd_text, _odd_text, _stray_text,
)  # fmt: skip


def _names(root: etree._Element) -> list[str]:
    return [str(element.tag) for element in root.iterdescendants()]
