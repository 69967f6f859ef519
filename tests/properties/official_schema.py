"""NCMEC's official schema as a list of paths, read from its own text by a plain walk.

It shares nothing with our table, nor with the outline that `answerable reports xsd` compares by.
"""

from pathlib import Path
from typing import Any

from lxml import etree

XS = "{http://www.w3.org/2001/XMLSchema}"


def official_paths(schema_file: Path, root: str) -> list[str]:
    """Every leaf path of the official schema below `root`, read from its own text."""
    schema = etree.parse(str(schema_file)).getroot()
    named = {(one.tag, one.get("name")): one for one in schema if one.get("name")}

    def body(element: Any) -> Any:
        inner = element.find(f"{XS}complexType")
        if inner is not None:
            return inner
        return named.get((f"{XS}complexType", element.get("type")))

    def walk(element: Any, path: str) -> list[str]:
        complex_type = body(element)
        if complex_type is None:
            return [path]
        found = [
            f"{path}/@{one.get('name')}"
            for one in complex_type.iter(f"{XS}attribute")
            if next(one.iterancestors(f"{XS}complexType")) is complex_type
        ]
        if complex_type.find(f"{XS}simpleContent") is not None:
            found.append(path)
        for child in complex_type.iter(f"{XS}element"):
            if next(child.iterancestors(f"{XS}complexType")) is complex_type:
                target = named[(f"{XS}element", child.get("ref"))] if child.get("ref") else child
                found += walk(target, f"{path}/{target.get('name')}")
        return found

    return walk(named[(f"{XS}element", root)], root)
