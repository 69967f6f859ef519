"""The signer's rules, without a process: forward only, remembered before released, never twice."""

import errno
import json
import stat
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_samples import ORIGIN, head_of, leaves, tiled

from answerable.adapters.signing import book as book_module
from answerable.adapters.signing.book import SignerBook
from answerable.adapters.signing.keys import (
    ensure_app_keys,
    ensure_key,
    key_path,
    load_key,
)
from answerable.adapters.signing.signer import Signer
from answerable.kernel.errors import Breach
from answerable.ledger.checkpoint import TreeHead, format_checkpoint, verify_checkpoint
from answerable.ledger.keys import KeyType, VerifierKey
from answerable.ledger.merkle import consistency_proof
from answerable.ledger.policy import Peer, Policy
from answerable.ledger.receipt import verify_receipt
from answerable.ledger.spelling import write_base64


def secrets() -> Callable[[], bytes]:
    """Chance for tests: another 32 bytes each time, the same ones each run."""
    numbers = count(1)
    return lambda: next(numbers).to_bytes(32, "big")


def make_signer(folder: Path, **hooks: Callable[[], None]) -> Signer:
    folder.mkdir(mode=0o700, exist_ok=True)
    return Signer(SignerBook(folder), secrets(), **hooks)


def ask(signer: Signer, **request: object) -> dict[str, object]:
    answer = signer.answer(json.dumps(request).encode())
    assert isinstance(answer, dict)
    assert len(answer) == 1
    return answer


def ask_to_sign(
    signer: Signer, head: TreeHead, old: int, proof: Sequence[bytes]
) -> dict[str, object]:
    return ask(
        signer,
        do="sign",
        origin=head.origin,
        size=head.size,
        root=write_base64(head.root),
        old=old,
        proof=[write_base64(hashed) for hashed in proof],
    )


def grow_to(signer: Signer, size: int, old: int) -> dict[str, object]:
    """Ask for the sample log at `size`, proven from `old`."""
    _files, reader = tiled(leaves(size))
    proof = consistency_proof(old, size, reader.hash_at)
    return ask_to_sign(signer, head_of(leaves(size)), old, proof)


def policy_of(signer: Signer) -> Policy:
    state = ask(signer, do="state", origin=ORIGIN)["ok"]
    return Policy(logs=tuple(Peer(key=VerifierKey.read(v)) for v in state["vkeys"]))  # type: ignore[index]


def lines(answer: dict[str, object]) -> list[str]:
    return answer["ok"]["lines"]  # type: ignore[index, no-any-return]


def why(answer: dict[str, object]) -> str:
    return answer["refused"]["why"]  # type: ignore[index, no-any-return]


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    signer = make_signer(tmp_path / "signer")
    ask(signer, do="open", origin=ORIGIN)
    return signer


def test_it_signs_forward_with_both_keys(signer: Signer) -> None:
    for old, size in ((0, 3), (3, 7), (7, 300)):
        signed = lines(grow_to(signer, size, old))
        raw = format_checkpoint(head_of(leaves(size)), signed)
        verified = verify_checkpoint(raw, policy_of(signer))
        assert verified.head == head_of(leaves(size))
        assert [s.key.type for s in verified.note.by] == [KeyType.ED25519, KeyType.MLDSA44]
        state = ask(signer, do="state", origin=ORIGIN)["ok"]
        assert (state["size"], state["lines"]) == (size, signed)  # type: ignore[index]


def test_the_same_head_again_gets_the_same_lines_also_after_a_restart(
    signer: Signer, tmp_path: Path
) -> None:
    first = lines(grow_to(signer, 5, 0))
    assert lines(grow_to(signer, 5, 0)) == first
    assert lines(grow_to(signer, 5, 5)) == first
    assert lines(grow_to(make_signer(tmp_path / "signer"), 5, 3)) == first


def test_it_refuses_to_go_back_or_sideways(signer: Signer, tmp_path: Path) -> None:
    grow_to(signer, 5, 0)
    forked = [*leaves(4), b"another"]
    longer = [*forked, *leaves(9)[5:]]
    _files, reader = tiled(longer)
    fork_proof = consistency_proof(5, len(longer), reader.hash_at)
    for again in (signer, make_signer(tmp_path / "signer")):
        assert why(grow_to(again, 4, 0)) == "rollback"
        assert why(ask_to_sign(again, head_of([]), 0, [])) == "rollback"
        assert why(ask_to_sign(again, head_of(forked), 5, [])) == "fork"
        assert why(grow_to(again, 9, 4)) == "stale"
        assert why(ask_to_sign(again, head_of(longer), 5, fork_proof)) == "inconsistent"
        assert why(ask_to_sign(again, head_of(leaves(9)), 5, [])) == "inconsistent"
        refused = grow_to(again, 4, 0)["refused"]
        assert refused["size"] == 5  # type: ignore[index]
    assert "ok" in grow_to(signer, 9, 5)


@settings(max_examples=25)
@given(data=st.data())
def test_whatever_is_asked_what_was_signed_is_one_history(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Two rival histories, any order of requests, restarts between: never both."""
    folder = tmp_path_factory.mktemp("signer")
    folder.chmod(0o700)
    rivals = (leaves(40), [*leaves(10), *(leaf + b"!" for leaf in leaves(40)[10:])])
    readers = [tiled(rival)[1] for rival in rivals]
    signer = make_signer(folder)
    ask(signer, do="open", origin=ORIGIN)
    signed: list[TreeHead] = []
    for _ in range(12):
        side = data.draw(st.integers(0, 1))
        old, size = sorted(data.draw(st.tuples(st.integers(0, 40), st.integers(0, 40))))
        if data.draw(st.booleans()) and signed:
            old, size = sorted((signed[-1].size, size))
        head = head_of(rivals[side][:size])
        proof = consistency_proof(old, size, readers[side].hash_at)
        if "ok" in ask_to_sign(signer, head, old, proof):
            signed.append(head)
        if data.draw(st.booleans()):
            signer = make_signer(folder)
    sizes = [head.size for head in signed]
    assert sizes == sorted(sizes)
    histories = [{head_of(rival[:n]) for n in range(41)} for rival in rivals]
    assert any(set(signed) <= history for history in histories)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"nonsense",
        b"[]",
        b'{"do":"sign"}',
        b'{"do":"state"}',
        b'{"do":"state","origin":""}',
        b'{"do":"state","origin":"a b"}',
        b'{"do":"state","origin":7}',
        b'{"do":"state","origin":"o","more":1}',
        b'{"do":"forget","origin":"o"}',
        b'{"do":"state","do":"open","origin":"o"}',
        b'{"do":"open","origin":"' + b"/" * 255 + b'"}',
        b"[" * 60_000,
    ],
)
def test_other_requests_are_malformed(signer: Signer, line: bytes) -> None:
    answer = signer.answer(line)
    assert isinstance(answer, dict)
    assert why(answer) == "malformed"


@pytest.mark.parametrize(
    "change",
    [
        {"size": -1},
        {"size": True},
        {"size": "3"},
        {"size": 0},
        {"old": True},
        {"root": "AAAA"},
        {"root": "x"},
        {"proof": ["AAAA"]},
        {"proof": [7]},
        {"proof": [write_base64(bytes(32))] * 65},
        {"proof": "none"},
    ],
)
def test_half_right_requests_are_malformed(signer: Signer, change: dict[str, object]) -> None:
    head = head_of(leaves(3))
    right = {"size": 3, "root": write_base64(head.root), "old": 0, "proof": []}
    assert why(ask(signer, do="sign", origin=ORIGIN, **(right | change))) == "malformed"
    assert "ok" in ask(signer, do="sign", origin=ORIGIN, **right)


def test_a_log_it_never_opened_is_unknown_and_logs_do_not_mix(signer: Signer) -> None:
    assert why(ask(signer, do="state", origin="other.example")) == "unknown_log"
    assert why(ask_to_sign(signer, head_of(leaves(3), "other.example"), 0, [])) == "unknown_log"
    opened = ask(signer, do="open", origin="other.example")["ok"]
    again = ask(signer, do="open", origin="other.example")["ok"]
    ours = ask(signer, do="state", origin=ORIGIN)["ok"]
    assert opened == again
    assert set(opened["vkeys"]).isdisjoint(ours["vkeys"])  # type: ignore[index]
    grow_to(signer, 5, 0)
    assert ask(signer, do="state", origin="other.example")["ok"]["size"] == 0  # type: ignore[index]


def test_it_is_on_disk_before_it_is_released(tmp_path: Path) -> None:
    """What a crash between the two leaves behind is the whole answer, to be given again."""

    class PowerCut(Exception):
        pass

    def cut() -> None:
        raise PowerCut

    folder = tmp_path / "signer"
    ask(make_signer(folder), do="open", origin=ORIGIN)
    with pytest.raises(PowerCut):
        grow_to(make_signer(folder, before_persist=cut), 5, 0)
    assert ask(make_signer(folder), do="state", origin=ORIGIN)["ok"]["size"] == 0  # type: ignore[index]
    with pytest.raises(PowerCut):
        grow_to(make_signer(folder, after_persist=cut), 5, 0)
    after = make_signer(folder)
    state = ask(after, do="state", origin=ORIGIN)["ok"]
    assert state["size"] == 5  # type: ignore[index]
    assert lines(grow_to(after, 5, 0)) == state["lines"]  # type: ignore[index]
    assert why(grow_to(after, 4, 0)) == "rollback"


def test_a_full_disk_is_an_outage_and_nothing_is_taken_for_granted(
    signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_path: Path, _data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    grow_to(signer, 3, 0)
    with monkeypatch.context() as patched:
        patched.setattr(book_module, "replace_private", full)
        assert "outage" in grow_to(signer, 5, 3)
        assert "outage" in grow_to(signer, 5, 3)
    assert "ok" in grow_to(signer, 6, 3)


def test_when_the_disk_failed_halfway_what_it_holds_now_is_what_counts(
    signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Renamed, but the folder's fsync failed: on disk the new head stands, released to nobody."""
    real = book_module.replace_private

    def halfway(path: Path, data: bytes) -> None:
        real(path, data)
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(book_module, "replace_private", halfway)
        assert "outage" in grow_to(signer, 5, 0)
    assert ask(signer, do="state", origin=ORIGIN)["ok"]["size"] == 5  # type: ignore[index]
    assert why(ask_to_sign(signer, head_of([*leaves(4), b"another"]), 0, [])) == "fork"
    assert "ok" in grow_to(signer, 5, 0)


@pytest.mark.parametrize("damage", ["lost", "torn", "other", "open"])
def test_a_signer_that_has_lost_its_memory_never_signs_again(
    signer: Signer, tmp_path: Path, damage: str
) -> None:
    grow_to(signer, 5, 0)
    (state,) = (tmp_path / "signer").glob("*.signed.json")
    match damage:
        case "lost":
            state.unlink()
        case "torn":
            state.write_bytes(state.read_bytes()[:-30])
        case "other":
            state.write_bytes(state.read_bytes().replace(b"2026", b"2027"))
        case _:
            state.chmod(0o644)
    again = make_signer(tmp_path / "signer")
    for answer in (
        grow_to(again, 9, 5),
        grow_to(again, 5, 0),
        ask(again, do="state", origin=ORIGIN),
        ask(again, do="open", origin=ORIGIN),
    ):
        assert why(answer) == "broken"


def test_a_signer_that_has_lost_its_keys_makes_no_new_ones_for_an_old_log(
    signer: Signer, tmp_path: Path
) -> None:
    grow_to(signer, 5, 0)
    for key in (tmp_path / "signer").glob("*.key"):
        key.unlink()
    assert why(ask(make_signer(tmp_path / "signer"), do="open", origin=ORIGIN)) == "broken"


@pytest.mark.parametrize("missing", ["*.ed25519.key", "*.mldsa44.key", "*.key"])
def test_opening_goes_on_where_it_was_left(tmp_path: Path, missing: str) -> None:
    """Until the first signature nothing is lost by making a key anew."""
    folder = tmp_path / "signer"
    ask(make_signer(folder), do="open", origin=ORIGIN)
    for path in folder.glob(missing):
        path.unlink()
    again = make_signer(folder)
    if missing != "*.mldsa44.key":  # Ed25519 is made last, so without it opening never finished
        assert why(ask(again, do="state", origin=ORIGIN)) == "unknown_log"
    assert len(ask(again, do="open", origin=ORIGIN)["ok"]["vkeys"]) == 2  # type: ignore[index]
    assert len(lines(grow_to(again, 5, 0))) == 2


@pytest.mark.parametrize("missing", ["*.ed25519.key", "*.mldsa44.key"])
def test_it_never_signs_with_fewer_keys_or_others_than_before(
    signer: Signer, tmp_path: Path, missing: str
) -> None:
    grow_to(signer, 5, 0)
    (lost,) = (tmp_path / "signer").glob(missing)
    lost.unlink()
    for request in ("open", "state"):
        assert why(ask(make_signer(tmp_path / "signer"), do=request, origin=ORIGIN)) == "broken"
    ensure_key(
        tmp_path / "signer",
        ORIGIN,
        KeyType.ED25519 if "ed25519" in missing else KeyType.MLDSA44,
        lambda: bytes([77]) * 32,
    )
    assert why(grow_to(make_signer(tmp_path / "signer"), 9, 5)) == "broken"


def test_keys_are_made_once_and_are_nobody_elses(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    chance = secrets()
    key = ensure_key(folder, "a.example/b", KeyType.ED25519, chance)
    assert ensure_key(folder, "a.example/b", KeyType.ED25519, chance) == key
    assert load_key(folder, "a.example", KeyType.ED25519) is None
    path = key_path(folder, "a.example/b", KeyType.ED25519)
    assert path.name == "a.example%2Fb.ed25519.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [p.name for p in folder.iterdir()] == [path.name]
    path.rename(key_path(folder, "a.example/c", KeyType.ED25519))
    with pytest.raises(Breach, match="another key"):
        load_key(folder, "a.example/c", KeyType.ED25519)


def test_keys_that_others_may_read_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    ensure_key(folder, "a.example", KeyType.ED25519, secrets())
    path = key_path(folder, "a.example", KeyType.ED25519)
    path.chmod(0o640)
    with pytest.raises(Breach, match="others may read"):
        load_key(folder, "a.example", KeyType.ED25519)
    path.chmod(0o600)
    folder.chmod(0o755)
    with pytest.raises(Breach, match="others may read"):
        ensure_key(folder, "b.example", KeyType.ED25519, secrets())


def test_a_damaged_key_file_is_told_of_without_quoting_it(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    key = ensure_key(folder, "a.example", KeyType.ED25519, secrets())
    path = key_path(folder, "a.example", KeyType.ED25519)
    path.write_text(key.private_key[:-3])
    with pytest.raises(Breach) as breach:
        load_key(folder, "a.example", KeyType.ED25519)
    assert "AAAA" not in str(breach.value)


def test_the_apps_keys_are_its_own_and_its_policy_names_them(
    signer: Signer, tmp_path: Path
) -> None:
    keys = ensure_app_keys(tmp_path / "app", ORIGIN, secrets())
    policy = keys.policy(tuple(peer.key for peer in policy_of(signer).logs))
    promise = keys.promises().promise(bytes(32), 1, 2, head_of(leaves(5)))  # type: ignore[arg-type]
    assert verify_receipt(promise.encode(), policy.receipts).size == 5
    assert policy.bundles == (keys.bundle.verifier,)
    assert len({key.public for key in (*policy.receipts, *policy.bundles)}) == 2
    assert ensure_app_keys(tmp_path / "app", ORIGIN, secrets()).receipts.verifier == (
        keys.receipts.verifier
    )
