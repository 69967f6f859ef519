"""A schema read as a table: differences are said; what was not read is never called the same."""

import random
from collections.abc import Callable

import pytest
from lxml import etree

from answerable.apps.receiver.values import Profile as ReceiverProfile
from answerable.apps.receiver.xsd import write_xsd
from answerable.kernel.errors import Refusal
from answerable.reports.document.differences import differences, own_outline
from answerable.reports.document.outline import (
    SCHEMA_BYTES_MAX,
    compiled,
    outline,
    parse_schema,
)
from answerable.reports.document.values import Profile

OPEN = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">'
LISTED = (
    '<xs:simpleType name="listed"><xs:restriction base="xs:string">'
    '<xs:enumeration value="A"/><xs:enumeration value="B"/></xs:restriction></xs:simpleType>'
)


def schema(inside: str, more: str = "") -> bytes:
    """A schema of one document `r` with these parts."""
    whole = f'<xs:element name="r"><xs:complexType>{inside}</xs:complexType></xs:element>'
    return f"{OPEN}{whole}{LISTED}{more}</xs:schema>".encode()


def sequence(*elements: str) -> bytes:
    return schema(f"<xs:sequence>{''.join(elements)}</xs:sequence>")


A = '<xs:element name="a" type="xs:string"/>'
B = '<xs:element name="b" type="xs:string" minOccurs="0"/>'

CHANGES: dict[str, tuple[bytes, bytes, list[str]]] = {
    "nothing": (sequence(A, B), sequence(A, B), []),
    "a comment and an annotation": (
        sequence(A),
        sequence(f"<xs:annotation><xs:documentation/></xs:annotation><!-- x -->{A}"),
        [],
    ),
    "an element more": (
        sequence(A),
        sequence(A, B),
        ["+ r/b: string, 0 to 1"],
    ),
    "an element less": (sequence(A, B), sequence(A), ["- r/b: string, 0 to 1"]),
    "below a new element nothing more is said": (
        sequence(A),
        sequence(
            A,
            '<xs:element name="n"><xs:complexType><xs:sequence>'
            f"{A}</xs:sequence></xs:complexType></xs:element>",
        ),
        ["+ r/n: elements, 1"],
    ),
    "another type": (
        sequence(A),
        sequence(A.replace("xs:string", "xs:int")),
        ["~ r/a: type was string, is int"],
    ),
    "required now": (
        sequence(B),
        sequence(B.replace("0", "1")),
        ["~ r/b: number was 0 to 1, is 1"],
    ),
    "several now": (
        sequence(B),
        sequence(B.replace('"0"', '"0" maxOccurs="unbounded"')),
        ["~ r/b: number was 0 to 1, is 0 to any number"],
    ),
    "a closed list": (
        sequence(A),
        sequence(A.replace("xs:string", "listed")),
        ["~ r/a: list of words was open, is with A, B"],
    ),
    "a word more, a word less": (
        sequence(A.replace("xs:string", "listed")),
        sequence(A.replace("xs:string", "listed")).replace(b'"A"', b'"C"'),
        ["~ r/a: words was with A, is with C"],
    ),
    "a longest length": (
        sequence(A.replace("xs:string", "listed")),
        sequence(A.replace("xs:string", "listed")).replace(
            b"</xs:restriction>", b'<xs:maxLength value="9"/></xs:restriction>'
        ),
        ["~ r/a: type was string, is string (maxLength 9)"],
    ),
    "another order": (sequence(A, B), sequence(B, A), ["~ r: order was a b, is b a"]),
    "a choice": (
        sequence(B, '<xs:element name="c" type="xs:string" minOccurs="0"/>'),
        schema(f'<xs:choice>{B}<xs:element name="c" type="xs:string" minOccurs="0"/></xs:choice>'),
        [
            "~ r/b: alternatives was none, is c",
            "~ r/c: alternatives was none, is b",
        ],
    ),
    "an attribute that must stand": (
        schema('<xs:attribute name="k" type="xs:string"/>'),
        schema('<xs:attribute name="k" type="xs:string" use="required"/>'),
        ["~ r/@k: number was 0 to 1, is 1"],
    ),
    "a flag": (
        sequence(A.replace("xs:string", "xs:boolean")),
        sequence(A.replace("xs:string", "xs:boolean").replace("/>", ' fixed="true"/>')),
        ["~ r/a: type was boolean, is flag"],
    ),
    "another document": (
        sequence(A),
        sequence(A).replace(b"</xs:schema>", b'<xs:element name="s" type="xs:int"/></xs:schema>'),
        ["+ s: int, 1"],
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_each_change_is_said_at_its_path(what: str) -> None:
    before, after, said = CHANGES[what]
    assert [str(one) for one in differences(outline(before), outline(after))] == said


NOT_READ: dict[str, bytes] = {
    "no XML": b"schema",
    "a page": b"<html><body>sorry</body></html>",
    "a document type": b"<!DOCTYPE x>" + sequence(A),
    "an import": f'{OPEN}<xs:import schemaLocation="https://example.com/x"/></xs:schema>'.encode(),
    "an include": f'{OPEN}<xs:include schemaLocation="file:///x"/></xs:schema>'.encode(),
    "too much": sequence(A) + b" " * SCHEMA_BYTES_MAX,
    "a type that is not there": sequence(A.replace("xs:string", "nowhere")),
    "a type that is itself": sequence(A).replace(b'base="xs:string"', b'base="listed"'),
    "an open end": sequence(A, "<xs:any/>"),
    "a repeated group": sequence(A).replace(b"<xs:sequence>", b'<xs:sequence maxOccurs="3">'),
    "groups in a choice": schema(f"<xs:choice><xs:sequence>{A}</xs:sequence></xs:choice>"),
    "a union": schema(
        '<xs:attribute name="k" type="u"/>',
        '<xs:simpleType name="u"><xs:union memberTypes="xs:int listed"/></xs:simpleType>',
    ),
    "any attribute": schema("<xs:anyAttribute/>"),
    "an element in itself": schema(
        '<xs:sequence><xs:element ref="r" minOccurs="0"/></xs:sequence>'
    ).replace(
        b'name="r">',
        b'name="q"><xs:complexType><xs:sequence><xs:element ref="r"/>'
        b'</xs:sequence></xs:complexType></xs:element><xs:element name="r">',
    ),
}


@pytest.mark.parametrize("what", NOT_READ)
def test_what_is_not_understood_is_refused_and_not_called_the_same(what: str) -> None:
    with pytest.raises(Refusal):
        outline(NOT_READ[what])


def test_the_editions_have_the_same_parts_but_for_what_was_added() -> None:
    old, new = (own_outline(profile) for profile in Profile)
    assert set(old) < set(new)
    assert {path.rpartition("/")[2] for path in set(new) - set(old)} == {
        "informational",
        "ageAssertionDiscrepancy",
    }


def test_no_damaged_schema_makes_the_reader_fail_otherwise(
    luck: random.Random, how_many: Callable[[int, int], int]
) -> None:
    good = write_xsd(ReceiverProfile.NEWER)
    read = refused = 0
    for _ in range(how_many(30, 2_000)):
        torn = bytearray(good)
        for _ in range(luck.randrange(1, 4)):
            at = luck.randrange(len(torn))
            torn[at : at + luck.randrange(6)] = luck.choice([b"", b"x", b'"', b"xs:int", b"\xff"])
        try:
            found = outline(bytes(torn))
        except Refusal:
            refused += 1
            continue
        read += 1
        differences(own_outline(Profile.NEWER), found)
    assert refused > 3
    assert read + refused > 0


def test_what_is_compiled_judges() -> None:
    assert parse_schema(sequence(A)) is not None
    judge = compiled(sequence(A))
    assert judge.validate(etree.fromstring("<r><a>x</a></r>"))
    assert not judge.validate(etree.fromstring("<r/>"))
