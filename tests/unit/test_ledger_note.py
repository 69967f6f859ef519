"""Signed notes and their keys: one spelling each, and nothing believed that was not signed."""

import base64

import pytest
from ledger_samples import (
    BUNDLE,
    LOG_ED25519,
    LOG_MLDSA44,
    RECEIPTS,
    checkpoint,
    head_of,
    leaves,
    single_edits,
    witness,
)

from answerable.adapters.signing.keys import LocalSigner, sign
from answerable.kernel.errors import Breach
from answerable.ledger.faults import Malformed, NotVerified
from answerable.ledger.keys import KeyType, SigningKey, VerifierKey, signed_message
from answerable.ledger.note import (
    append_signatures,
    format_note,
    read_note,
    read_signature_line,
    verify_note,
)

TEXT = b"three bikes\n\nand a flat\n"
NOTE = LocalSigner(BUNDLE).sign(TEXT)


def refused(raw: bytes, *keys: VerifierKey) -> bool:
    try:
        verify_note(raw, keys)
    except (Malformed, NotVerified):
        return True
    return False


def test_a_note_is_read_back_and_verifies() -> None:
    note = read_note(NOTE)
    assert (note.text, note.raw) == (TEXT, NOTE)
    verified = verify_note(NOTE, [BUNDLE.verifier()])
    assert verified.text == TEXT
    assert [(s.key, s.at) for s in verified.by] == [(BUNDLE.verifier(), 0)]
    assert (verified.unknown, verified.unchecked) == ((), ())


def test_no_single_edit_of_a_note_verifies() -> None:
    edits = single_edits(NOTE)
    assert len(edits) > 5_000
    assert [edit for edit in edits if not refused(edit, BUNDLE.verifier())] == []


def test_no_single_edit_of_a_checkpoint_passes_unseen() -> None:
    """With two keys on it an edit may push one line out of sight; then the line is told of."""
    raw = checkpoint(head_of(leaves(5)), LOG_ED25519, LOG_MLDSA44)
    keys = [LOG_ED25519.verifier(), LOG_MLDSA44.verifier()]
    assert len(verify_note(raw, keys).by) == 2
    start = raw.rindex("\u2014 ".encode()) + 60  # the text, one signature, and the next one's name
    for edit in single_edits(raw[:start])[::7]:
        try:
            verified = verify_note(edit + raw[start:], keys)
        except (Malformed, NotVerified):
            continue
        assert verified.unknown
        assert verified.text == head_of(leaves(5)).text


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        b"text\n",
        b"text\n\n",
        b"\n\n\n",
        NOTE[:-1],
        NOTE + b"\n",
        NOTE + NOTE.splitlines(keepends=True)[-1],
        NOTE.replace(b"\n", b"\r\n"),
        NOTE.replace(b"flat", b"fl\tt"),
        NOTE.replace(b"flat", b"fl\x00t"),
        NOTE.replace(b"flat", b"fl\xfft"),
        NOTE.replace("\u2014".encode(), b"-"),
        NOTE.replace("\u2014 ".encode(), "\u2014  ".encode()),
        NOTE.replace("\u2014 ".encode(), "\u2014".encode()),
    ],
)
def test_other_spellings_are_no_note(raw: bytes) -> None:
    assert refused(raw, BUNDLE.verifier())


def test_base64_has_one_spelling() -> None:
    line = read_note(NOTE).signatures[0].line
    name, blob = line.removeprefix("\u2014 ").split(" ")
    raw = base64.b64decode(blob)
    assert blob.endswith("=")
    assert len(raw) == 68
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    loose = blob[:-2] + alphabet[alphabet.index(blob[-2]) ^ 1] + "="  # same bytes, stray bits
    assert base64.b64decode(loose) == raw
    for other in (loose, blob.rstrip("="), blob + "=", blob[:8] + "\n" + blob[8:], ""):
        with pytest.raises(Malformed):
            read_signature_line(f"\u2014 {name} {other}")


@pytest.mark.parametrize("name", ["", "a+b", "a b", "a\u00a0b", "a\u2003b", "a\u0085b", "x" * 256])
def test_names_hold_no_space_of_any_script_and_no_plus(name: str) -> None:
    with pytest.raises(Malformed):
        VerifierKey(name=name, type=KeyType.ED25519, public=bytes(32))


def test_unknown_keys_are_ignored_and_told_of() -> None:
    both = append_signatures(NOTE, [sign(RECEIPTS, TEXT).line])
    verified = verify_note(both, [BUNDLE.verifier()])
    assert [line.name for line in verified.unknown] == [RECEIPTS.name]
    same_name = SigningKey(name=BUNDLE.name, type=KeyType.ED25519, seed=bytes([9]) * 32)
    assert refused(NOTE, same_name.verifier())
    assert refused(NOTE)


def test_one_false_signature_of_a_known_key_spoils_the_note() -> None:
    false = sign(RECEIPTS, b"another text\n").line
    both = append_signatures(NOTE, [false])
    assert not refused(both, BUNDLE.verifier())
    assert refused(both, BUNDLE.verifier(), RECEIPTS.verifier())
    assert refused(append_signatures(NOTE, [sign(BUNDLE, TEXT).line]), BUNDLE.verifier())


def test_sixteen_post_quantum_signatures_are_no_trouble() -> None:
    head = head_of(leaves(3))
    keys = [witness(number, KeyType.MLDSA44) for number in range(16)]
    raw = checkpoint(head, *keys, at=1_760_000_000)
    verified = verify_note(raw, [key.verifier() for key in keys])
    assert {signature.at for signature in verified.by} == {1_760_000_000}
    assert len(verified.by) == 16


@pytest.mark.parametrize("type_", [KeyType.COSIGNATURE_V1, KeyType.MLDSA44])
def test_a_cosignature_binds_its_time_name_and_head(type_: KeyType) -> None:
    head, key = head_of(leaves(3)), witness(1, type_)
    at = 1_760_000_000
    blob = sign(key, head.text, at=at).signature
    assert key.verifier().check(head.text, blob) == at
    later = (at + 1).to_bytes(8, "big") + blob[8:]
    impossible = (2**63).to_bytes(8, "big") + blob[8:]
    for text, signature in (
        (head.text, later),
        (head.text, impossible),
        (head.text, blob[:-1]),
        (head_of(leaves(4)).text, blob),
        (head_of(leaves(3), "other.example").text, blob),
        (b"no checkpoint\n", blob),
    ):
        with pytest.raises(NotVerified):
            key.verifier().check(text, signature)
    with pytest.raises(NotVerified):
        signed_message(key.verifier(), head.text, 2**63)
    renamed = VerifierKey(name="w9.example", type=type_, public=key.verifier().public)
    if type_ is KeyType.MLDSA44:
        with pytest.raises(NotVerified):
            renamed.check(head.text, blob)


@pytest.mark.parametrize("key", [LOG_ED25519, LOG_MLDSA44, witness(1)])
def test_keys_are_read_back_from_their_spelling(key: SigningKey) -> None:
    vkey = key.verifier().vkey
    assert VerifierKey.read(vkey) == key.verifier()
    assert SigningKey.read(key.private_key) == key
    assert key.private_key.startswith(f"PRIVATE+KEY+{key.name}+{key.verifier().id.hex()}+")
    assert key.seed.hex() not in repr(key)
    assert base64.b64encode(key.seed).decode() not in repr(key)


def test_the_same_key_under_another_type_or_name_has_another_id() -> None:
    public = LOG_ED25519.verifier().public
    ids = {
        VerifierKey(name=name, type=type_, public=public).id
        for name in ("a.example", "b.example")
        for type_ in (KeyType.ED25519, KeyType.COSIGNATURE_V1)
    }
    assert len(ids) == 4


def test_no_single_edit_of_a_key_is_read() -> None:
    vkey = LOG_ED25519.verifier().vkey
    read = []
    for edit in single_edits(vkey.encode()):
        try:
            read.append(VerifierKey.read(edit.decode("utf-8", "replace")))
        except Malformed:
            continue
    assert read == []
    with pytest.raises(Malformed) as fault:
        SigningKey.read(LOG_ED25519.private_key[:-2] + "A=")
    assert "AQEB" not in str(fault.value)


def test_texts_that_no_note_can_hold() -> None:
    for text in (b"no newline", b"", b"tab\t\n", b"\xff\n"):
        with pytest.raises(Malformed):
            LocalSigner(BUNDLE).sign(text)
    with pytest.raises(Malformed):
        format_note(TEXT, ())
    with pytest.raises(Breach):
        LocalSigner(LOG_MLDSA44)
