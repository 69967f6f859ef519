"""The bytes of every event type, frozen. A published (type, v) never changes.

REGOLDEN=1 rewrites the files; the diff is then a change of format and is reviewed as one.
"""

import json
import os
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from answerable.events.catalogue import EVERY_EVENT, groups_of, rebuild
from answerable.events.event import Due, DutyKey, Event, header_of
from answerable.events.sealing import SealedEvent, seal
from answerable.kernel.ids import ActorId, Site, SubjectId
from answerable.kernel.time import Millis

FILES = Path(__file__).parent / "events"


def value_for(name: str, hint: Any) -> Any:
    """A fixed value of the field's type, so that its spelling is shown."""
    options = [a for a in get_args(hint) if a is not type(None)] or [hint]
    plain = options[0] if get_origin(hint) is not None and type(None) in get_args(hint) else hint
    origin = get_origin(plain)
    if plain is bool:
        return True
    if plain is int:
        return 7
    if plain is str:
        return f"{name} é"
    if origin is not None and "Sequence" in str(origin):
        return [value_for(name, get_args(plain)[0])]
    if origin is not None and "Mapping" in str(origin):
        return {"key": f"{name} value"}
    return f"{name}"


def example(kind: type[Event]) -> Event:
    hints = get_type_hints(kind)
    told = {
        spec.name: value_for(spec.name, hints[spec.name])
        for spec in fields(kind)
        if spec.metadata.get("group")
    }
    closed: dict[str, Any] = (
        {}
        if kind.PUBLIC
        else {
            "refs": ("aa" * 32,),
            "due": (Due(duty=DutyKey("report:x"), at=Millis(99)),),
            "closes": (DutyKey("screen:y"),),
        }
    )
    return kind(
        site=Site("main"),
        subject=SubjectId("subject"),
        happened=Millis(1_790_000_000_000),
        known=Millis(1_790_000_000_001),
        actor=ActorId("system:golden"),
        **closed,
        **told,
    )


def sealed(event: Event) -> SealedEvent:
    header = header_of(event, sseq=3, prev="bb" * 32, recorded=Millis(1_790_000_000_002))
    groups = event.grouped_values()
    secrets = {name: bytes([n + 1]) * 32 for n, name in enumerate(sorted(groups))}
    return seal(header, groups, ek=b"\x11" * 32, secrets=secrets)


def written(event: Event) -> bytes:
    done = sealed(event)
    lines = [done.envelope.decode(), done.leaf.hex()]
    lines += [f"{g.name} {g.body.decode()}" for g in done.groups]
    return ("\n".join(lines) + "\n").encode()


@pytest.mark.parametrize("kind", EVERY_EVENT, ids=lambda k: f"{k.TYPE}.v{k.V}")
def test_published_bytes_stay_as_published(kind: type[Event]) -> None:
    golden = FILES / f"{kind.TYPE}.v{kind.V}.txt"
    if os.environ.get("REGOLDEN"):
        golden.write_bytes(written(example(kind)))
    assert written(example(kind)) == golden.read_bytes()


@pytest.mark.parametrize("kind", EVERY_EVENT, ids=lambda k: f"{k.TYPE}.v{k.V}")
def test_an_event_is_rebuilt_from_its_bytes(kind: type[Event]) -> None:
    event = example(kind)
    done = sealed(event)
    bodies = {g.name: json.loads(g.body) for g in done.groups}
    assert rebuild(json.loads(done.envelope), bodies) == event
    assert set(bodies) == groups_of(kind)


def test_every_golden_file_is_still_an_event() -> None:
    names = {f"{k.TYPE}.v{k.V}.txt" for k in EVERY_EVENT}
    assert {p.name for p in FILES.iterdir()} == names


def test_public_kinds_name_nothing_of_the_closed_chain() -> None:
    for kind in EVERY_EVENT:
        if kind.PUBLIC:
            header = json.loads(sealed(example(kind)).envelope)
            assert not {"refs", "due", "closes"} & set(header)
