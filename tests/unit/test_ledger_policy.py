"""Policies: whom to believe, read strictly; quorums judged by a plain second reading."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_samples import (
    BUNDLE,
    LOG_ED25519,
    LOG_MLDSA44,
    ORIGIN,
    POLICY,
    RECEIPTS,
    witness,
)

from answerable.ledger.faults import Malformed
from answerable.ledger.keys import KeyType, SigningKey
from answerable.ledger.policy import Group, Peer, Policy, read_policy

LOG = f"log {LOG_ED25519.verifier().vkey}\n"
W = {number: witness(number).verifier() for number in range(1, 7)}
WITNESSES = "".join(f"witness X{number} {key.vkey}\n" for number, key in W.items())


def test_the_two_level_example_of_the_specification() -> None:
    policy = read_policy(
        (
            "# two groups\n\n"
            f"{LOG}{WITNESSES}"
            "group X-witnesses 2 X1 X2 X3\n"
            "\tgroup  Y-witnesses any X4\tX5 X6 \n"
            "group X-and-Y all X-witnesses Y-witnesses\n"
            "quorum X-and-Y\n"
        ).encode()
    )
    assert policy.groups["X-witnesses"] == Group(needed=2, members=("X1", "X2", "X3"))
    assert policy.quorum_met([W[1], W[3], W[6]])
    assert not policy.quorum_met([W[1], W[2], W[3]])
    assert not policy.quorum_met([W[1], W[4], W[5], W[6]])
    assert not policy.quorum_met([])
    assert policy.logs == (Peer(key=LOG_ED25519.verifier()),)


def test_a_policy_is_read_back_from_its_own_text() -> None:
    assert read_policy(POLICY.text()) == POLICY
    full = Policy(
        logs=(Peer(key=LOG_ED25519.verifier(), url="https://log.example/ads"),),
        witnesses={"X1": Peer(key=W[1], url="https://w1.example/"), "X2": Peer(key=W[2])},
        groups={"both": Group(needed=2, members=("X1", "X2"))},
        quorum="both",
        receipts=POLICY.receipts,
        bundles=POLICY.bundles,
    )
    assert read_policy(full.text()) == full


def test_what_stands_above_our_section_is_a_plain_c2sp_policy() -> None:
    above, ours = POLICY.text().split(b"answerable ", 1)
    plain = read_policy(above)
    assert plain.logs == POLICY.logs
    assert (plain.receipts, plain.bundles) == ((), ())
    assert ours.startswith(b"receipts ")


def test_names_are_bytes_whatever_they_spell() -> None:
    raw = b"witness \xe2\x84\xaa\xff %s\nquorum \xe2\x84\xaa\xff\n" % W[1].vkey.encode()
    policy = read_policy(raw)
    assert policy.quorum_met([W[1]])
    assert policy.text() == raw


RECEIPT_LINE = f"answerable receipts {RECEIPTS.verifier().vkey}\n"
OTHER_NAME = SigningKey(name=ORIGIN, type=KeyType.ED25519, seed=bytes([8]) * 32).verifier().vkey
LOG_KEY_AS_RECEIPTS = SigningKey(
    name=RECEIPTS.name, type=KeyType.ED25519, seed=LOG_ED25519.seed
).verifier()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "quorum none",
        LOG,
        f"{LOG}quorum none\nquorum none\n",
        f"{LOG}{LOG}quorum none\n",
        f"{LOG}quorum X1\n",
        f"{WITNESSES}group g any X1 X9\nquorum g\n",
        f"{WITNESSES}group g any g\nquorum g\n",
        f"{WITNESSES}group g any none\nquorum g\n",
        f"{WITNESSES}group g 0 X1 X2\nquorum g\n",
        f"{WITNESSES}group g 3 X1 X2\nquorum g\n",
        f"{WITNESSES}group g 02 X1 X2\nquorum g\n",
        f"{WITNESSES}group g most X1 X2\nquorum g\n",
        f"{WITNESSES}group g any\nquorum g\n",
        f"{WITNESSES}group g any X1 X1\nquorum g\n",
        f"{WITNESSES}group g any X1\ngroup h any X1\nquorum h\n",
        f"{WITNESSES}group X1 any X2\nquorum X1\n",
        f"{WITNESSES}witness X9 {W[1].vkey}\nquorum none\n",
        f"{WITNESSES}witness X1 {witness(9).verifier().vkey}\nquorum none\n",
        f"witness none {W[1].vkey}\nquorum none\n",
        f"witness X1 {LOG_ED25519.verifier().vkey}\nquorum X1\n",
        f"log {W[1].vkey}\nquorum none\n",
        f"log {LOG_ED25519.verifier().vkey} a b\nquorum none\n",
        "log nonsense\nquorum none\n",
        "logs none\nquorum none\n",
        "quorum none\nmaybe\n",
        "quorum none\x7f\n",
        "quorum none\r\n",
        f"{RECEIPT_LINE}quorum none\n",
        f"quorum none\n{RECEIPT_LINE}{RECEIPT_LINE}",
        f"quorum none\n{RECEIPT_LINE}{LOG}",
        f"quorum none\nanswerable notes {RECEIPTS.verifier().vkey}\n",
        f"quorum none\nanswerable receipts {BUNDLE.verifier().vkey}\n",
        f"quorum none\nanswerable receipts {OTHER_NAME}\n",
        f"{LOG}quorum none\nanswerable receipts {LOG_KEY_AS_RECEIPTS.vkey}\n",
        f"quorum none\nanswerable receipts {LOG_MLDSA44.verifier().vkey}\n",
        "quorum none\nanswerable\n",
        "#\n" * 1_001,
    ],
)
def test_what_is_half_understood_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        read_policy(text.encode())


def test_a_refusal_names_the_line() -> None:
    with pytest.raises(Malformed, match="policy line 3: "):
        read_policy(f"# one\n{LOG}log nonsense\nquorum none\n".encode())


def slow_met(name: str, groups: Mapping[str, Group], said: set[str]) -> bool:
    """The quorum rule as a sentence: a witness that cosigned, or a group of which enough did."""
    if name not in groups:
        return name in said
    yes = [member for member in groups[name].members if slow_met(member, groups, said)]
    return len(yes) >= groups[name].needed


@given(data=st.data())
def test_quorums_agree_with_the_plain_reading(data: st.DataObject) -> None:
    free = [f"X{number}" for number in W]
    groups: dict[str, Group] = {}
    for name in data.draw(st.lists(st.sampled_from(["g", "h", "i", "j"]), unique=True)):
        members = data.draw(st.lists(st.sampled_from(free), min_size=1, max_size=4, unique=True))
        groups[name] = Group(needed=data.draw(st.integers(1, len(members))), members=tuple(members))
        free = [*(n for n in free if n not in members), name]
    quorum = data.draw(st.sampled_from(free))
    policy = Policy(
        witnesses={f"X{number}": Peer(key=key) for number, key in W.items()},
        groups=groups,
        quorum=quorum,
    )
    said = data.draw(st.sets(st.sampled_from(list(W))))
    assert read_policy(policy.text()) == policy
    assert policy.quorum_met([W[n] for n in said]) is slow_met(
        quorum, groups, {f"X{n}" for n in said}
    )
