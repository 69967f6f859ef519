"""The official schema, for those laws that it judges: read from the shared data, never shipped."""

from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree


@pytest.fixture(scope="session")
def schema_file(shared_path: Callable[[str], Path]) -> Path:
    """NCMEC's file of November 2025; a loud skip where the shared data is absent."""
    return shared_path("data/cybertipline-2025-11.xsd")


@pytest.fixture(scope="session")
def official(schema_file: Path) -> Callable[[bytes], str]:
    """Says what the official schema has against bytes; an empty text when nothing."""
    schema = etree.XMLSchema(etree.parse(str(schema_file)))

    def objection(xml: bytes) -> str:
        tree = etree.fromstring(xml)
        return "" if schema.validate(tree) else str(schema.error_log.last_error)

    return objection
