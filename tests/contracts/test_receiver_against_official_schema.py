"""The receiver's own schema knowledge agrees with the official XML Schema, document by document.

Three judges read every document: the receiver's validator, the XML Schema it generates, and the
official file (November 2025, read from the shared data, never shipped). They must all say the same.
"""

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree
from tests.contracts.receiver_documents import XS, TableWriter, XsdWriter, spoil

from answerable.apps.receiver.schema import check_schema
from answerable.apps.receiver.shapes import Kind
from answerable.apps.receiver.tables import documents
from answerable.apps.receiver.values import Profile
from answerable.apps.receiver.xsd import write_xsd

ROOTS = ("report", "fileDetails")


@pytest.fixture(scope="module")
def official_tree(shared_path: Callable[[str], Path]) -> etree._Element:
    """The official file's tree; a loud skip where the shared data is absent."""
    return etree.parse(shared_path("data/cybertipline-2025-11.xsd")).getroot()


@pytest.fixture(scope="module")
def official(official_tree: etree._Element) -> etree.XMLSchema:
    return etree.XMLSchema(official_tree)


@pytest.fixture(scope="module")
def generated() -> etree.XMLSchema:
    return etree.XMLSchema(etree.fromstring(write_xsd(Profile.NOV_2025)))


def kind_of(root: etree._Element) -> Kind:
    chosen = documents(Profile.NOV_2025)
    return {"report": chosen.report, "fileDetails": chosen.file_details}[str(root.tag)]


def verdicts(root: etree._Element, *schemas: etree.XMLSchema) -> list[bool]:
    """Ours first. The document is read anew from its bytes, as it would arrive."""
    parser = etree.XMLParser(remove_comments=True, remove_pis=True, resolve_entities=False)
    arrived = etree.fromstring(etree.tostring(root, encoding="UTF-8"), parser)
    ours = check_schema(arrived, kind_of(arrived)) is None
    return [ours, *(schema.validate(arrived) for schema in schemas)]


@pytest.mark.parametrize("root", ROOTS)
@pytest.mark.parametrize("writer", ["tables", "official"])
def test_right_documents_are_right_to_all_three(
    root: str,
    writer: str,
    official_tree: etree._Element,
    official: etree.XMLSchema,
    generated: etree.XMLSchema,
    luck: random.Random,
    how_many: Callable[[int, int], int],
) -> None:
    for number in range(how_many(40, 2_000)):
        fullness = (1.0, 0.0, 0.3, 0.7)[number % 4]
        write = (
            TableWriter(luck, fullness)
            if writer == "tables"
            else XsdWriter(official_tree, luck, fullness)
        )
        document = write.write(root)
        assert verdicts(document, official, generated) == [True] * 3, etree.tostring(document)


@pytest.mark.parametrize("root", ROOTS)
def test_spoiled_documents_are_judged_alike_by_all_three(
    root: str,
    official_tree: etree._Element,
    official: etree.XMLSchema,
    generated: etree.XMLSchema,
    luck: random.Random,
    how_many: Callable[[int, int], int],
) -> None:
    seen: Counter[bool] = Counter()
    for number in range(how_many(1_500, 100_000)):
        if number % 10 == 0:
            fullness = luck.random() * 0.6
            writers = TableWriter(luck, fullness), XsdWriter(official_tree, luck, fullness)
            document = luck.choice(writers).write(root)
        spoiled = spoil(document, luck)
        found = verdicts(spoiled, official, generated)
        assert len(set(found)) == 1, (found, etree.tostring(spoiled))
        seen[found[0]] += 1
    assert min(seen[True], seen[False]) > 0.05 * seen.total(), seen


def test_the_closed_lists_are_the_official_ones(official_tree: etree._Element) -> None:
    def lists(tree: etree._Element) -> set[frozenset[str]]:
        found = {
            frozenset(str(value.get("value")) for value in item.iter(XS + "enumeration"))
            for item in tree.iter(XS + "simpleType")
        }
        return found - {frozenset()}

    assert lists(etree.fromstring(write_xsd(Profile.NOV_2025))) == lists(official_tree)


def test_answers_are_declared_alike(official: etree.XMLSchema, generated: etree.XMLSchema) -> None:
    plain = "<reportResponse><responseCode>0</responseCode>{}</reportResponse>"
    done = "<reportDoneResponse><responseCode>0</responseCode>{}</reportDoneResponse>"
    for answer, right in (
        (plain.format("<responseDescription/>"), True),
        (plain.format(""), False),
        (done.format("<reportId>1</reportId><files/>"), True),
        (done.format("<reportId>1</reportId>"), False),
        (done.format("<responseDescription/><reportId>1</reportId><files/>"), False),
    ):
        document = etree.fromstring(answer)
        assert official.validate(document) == generated.validate(document) == right
