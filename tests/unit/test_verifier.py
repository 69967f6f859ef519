"""The verifier on honest bundles, on lies that are signed, and on things that are no bundle."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from tests.unit.bundle_maker import (
    BUNDLE,
    LOG_KEY,
    ORIGIN,
    POLICY,
    RECEIPTS,
    START,
    Leaf,
    Told,
    changed,
    key,
    log_of,
    name_of,
    openings_of,
    receipts_of,
    site_json,
    tell,
    write,
    write_openings,
)
from tests.unit.lies import LIES
from tests.unit.story_maker import ERASED, honest

from answerable.adapters.signing.keys import LocalSigner, sign
from answerable.events.preservation import ErasurePerformed
from answerable.kernel.time import HOUR, Millis
from answerable.ledger.checkpoint import format_checkpoint
from answerable.ledger.head import TreeHead
from answerable.ledger.merkle import EMPTY_ROOT, inclusion_proof
from answerable.ledger.policy import Peer, Policy
from answerable.ledger.proof import TlogProof
from answerable.ledger.receipt import Receipt
from answerable.ledger.tiles import TileReader
from answerable.verifier.__main__ import main, run
from answerable.verifier.files import verify_path
from answerable.verifier.findings import Check, Kind, Outcome, Weight
from answerable.verifier.words import OWN_POLICY


@pytest.fixture(scope="module")
def told() -> list[Told]:
    return tell(honest())


@pytest.fixture
def bundle(tmp_path: Path, told: list[Told]) -> Path:
    return write(tmp_path / "bundle", told, erased=ERASED)


def checks(outcome: Outcome) -> set[Check]:
    return {f.check for f in outcome.findings if f.weight is Weight.FINDING}


def words(outcome: Outcome) -> str:
    return "\n".join(f.line() for f in outcome.findings)


# What is honest


def test_an_honest_bundle_is_clean(bundle: Path, told: list[Told]) -> None:
    outcome = verify_path(bundle, POLICY)
    assert outcome.findings == ()
    assert outcome.exit_code == 0
    assert outcome.done == tuple(Check)[1:16]
    assert outcome.figures["leaves"] == outcome.figures["opened"] == len(told)
    assert outcome.figures["sums"]["real"]["reports"]["finished"] == 3


def test_an_empty_log_is_clean(tmp_path: Path) -> None:
    assert verify_path(write_openings(tmp_path / "b", []), POLICY).findings == ()


def test_a_synthetic_site_is_clean_and_counted_apart(tmp_path: Path) -> None:
    shadow = tell(honest(synthetic=True, site="practice"))
    outcome = verify_path(write(tmp_path / "b", shadow, erased=ERASED), POLICY)
    assert outcome.findings == ()
    assert outcome.figures["sums"]["real"]["reports"]["decided"] == 0
    assert outcome.figures["sums"]["synthetic"]["reports"]["decided"] == 6


# Lies, every one of them signed


@pytest.mark.parametrize("lie", LIES)
def test_a_planted_lie_is_a_finding_of_the_sums(lie: str, tmp_path: Path) -> None:
    _, _, without, change = LIES[lie]
    telling = tell(honest(), without=without, change=change)
    outcome = verify_path(write(tmp_path / "b", telling, erased=ERASED), POLICY)
    assert outcome.exit_code == 1
    assert Check.SUMS in checks(outcome)
    assert checks(outcome) <= {Check.SUMS, Check.ERASURES, Check.SITE}
    assert outcome.figures["residual"] > 0


def test_a_leaf_left_out_after_sealing_breaks_its_chain(tmp_path: Path, told: list[Told]) -> None:
    at = next(i for i, t in enumerate(told) if t.step.name == "alert-1-attached")
    outcome = verify_path(write(tmp_path / "b", told[:at] + told[at + 1 :], erased=ERASED), POLICY)
    broken = [f for f in outcome.findings if f.check is Check.CHAINS]
    assert [f.index for f in broken] == [
        i - 1 for i, t in enumerate(told) if t.step.name == "alert-1-answered"
    ]


def test_two_histories_of_one_subject_are_found(tmp_path: Path, told: list[Told]) -> None:
    other = tell(honest(), change={"a-revised-1": changed(section="homes")})
    mixed = [o if o.step.name == "a-revised-1" else t for t, o in zip(told, other, strict=True)]
    outcome = verify_path(write(tmp_path / "b", mixed, erased=ERASED), POLICY)
    assert "does not name the leaf of its subject's last event" in words(outcome)


def test_times_that_run_back_are_found(tmp_path: Path) -> None:
    story = honest()
    late = next(i for i, s in enumerate(story.steps) if s.name == "e-received")
    story.steps[late] = replace(story.steps[late], at=0)
    outcome = verify_path(write(tmp_path / "b", tell(story), erased=ERASED), POLICY)
    assert checks(outcome) == {Check.TIMES}
    assert {f.index for f in outcome.findings} == {late}


def test_what_was_known_only_after_it_was_recorded_is_found(tmp_path: Path) -> None:
    ahead = {"h-received": changed(known=Millis(START + 9 * HOUR))}
    outcome = verify_path(
        write(tmp_path / "b", tell(honest(), change=ahead), erased=ERASED), POLICY
    )
    assert checks(outcome) == {Check.TIMES}


def test_withheld_groups_are_not_a_clean_result(tmp_path: Path, told: list[Told]) -> None:
    kept = {"b-viewed": {"facts": "court order 12"}}
    outcome = verify_path(write(tmp_path / "b", told, erased=ERASED, withheld=kept), POLICY)
    assert outcome.exit_code == 3
    assert "withheld: court order 12" in words(outcome)


def test_erased_without_an_event_is_found(tmp_path: Path, told: list[Told]) -> None:
    more = {**ERASED, "a-received": ("ad_text",)}
    outcome = verify_path(write(tmp_path / "b", told, erased=more), POLICY)
    assert checks(outcome) == {Check.ERASURES}
    assert {f.index for f in outcome.findings} == {
        i for i, t in enumerate(told) if t.step.name == "a-received"
    }


def test_said_to_be_erased_and_still_there_is_found(tmp_path: Path, told: list[Told]) -> None:
    outcome = verify_path(write(tmp_path / "b", told), POLICY)
    assert checks(outcome) == {Check.ERASURES}
    assert len(outcome.findings) == len(ERASED["g-received"])


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"ad": name_of("b"), "leaves": [Leaf("b-received")]}, "under hold"),
        ({"ad": name_of("g"), "leaves": [Leaf("b-received")]}, "under hold"),
        ({"approvers": ["staff:1", "staff:1"]}, "not approved by two"),
    ],
)
def test_an_erasure_that_was_not_allowed_is_found(
    tmp_path: Path, values: Mapping[str, Any], said: str
) -> None:
    """Also where the event names another ad than the leaves are of."""
    story = honest()
    at = next(i for i, s in enumerate(story.steps) if s.kind is ErasurePerformed)
    step = story.steps[at]
    story.steps[at] = replace(step, values={**step.values, **values})
    gone = dict(ERASED)
    if "leaves" in values:
        gone = {"b-received": ERASED["g-received"]}
    outcome = verify_path(write(tmp_path / "b", tell(story), erased=gone), POLICY)
    assert checks(outcome) == {Check.ERASURES}
    assert said in words(outcome)


# Receipts


def promise(told: list[Told], **values: Any) -> bytes:
    fields: dict[str, Any] = {
        "origin": ORIGIN,
        "leaf_hash": b"\x07" * 32,
        "received": Millis(START),
        "due": Millis(START + 60_000),
        "size": 0,
        "root": EMPTY_ROOT,
    }
    return RECEIPTS.sign(Receipt(**{**fields, **values}).text)


def test_a_broken_promise_convicts(tmp_path: Path, told: list[Told], bundle: Path) -> None:
    held = tmp_path / "mine.receipt"
    held.write_bytes(promise(told))
    outcome = verify_path(bundle, POLICY, [held])
    assert checks(outcome) == {Check.RECEIPTS}
    assert {f.where for f in outcome.findings} == {str(held)}
    held.write_bytes(promise(told, due=Millis(START + 99 * HOUR)))
    assert verify_path(bundle, POLICY, [held]).exit_code == 0


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"size": 1, "root": b"\x09" * 32}, "this log never had"),
        ({"size": 140}, "before the head"),
        ({"origin": "other.example.org/x"}, "has not signed this"),
    ],
)
def test_a_receipt_that_contradicts_the_log_is_found(
    tmp_path: Path, told: list[Told], values: Mapping[str, Any], said: str
) -> None:
    leaf = told[20].sealed.leaf_hash
    note = promise(told, leaf_hash=leaf, **values)
    outcome = verify_path(write(tmp_path / "b", told, erased=ERASED, receipts=[note]), POLICY)
    assert checks(outcome) == {Check.RECEIPTS}
    assert said in words(outcome)


def test_a_strangers_line_on_a_receipt_is_found(tmp_path: Path, told: list[Told]) -> None:
    note = receipts_of(told)[0]
    text = note.partition(b"\n\n")[0] + b"\n"
    extra = f"{sign(key('stranger.example.org'), text).line}\n".encode()
    outcome = verify_path(
        write(tmp_path / "b", told, erased=ERASED, receipts=[note + extra]), POLICY
    )
    assert checks(outcome) == {Check.RECEIPTS}


# Keys come from the policy


def test_without_a_policy_nothing_is_believed(bundle: Path, tmp_path: Path) -> None:
    (bundle / "policy").write_bytes(POLICY.text())
    for home in (None, tmp_path / "none"):
        out = StringIO()
        assert run(bundle, home_policy=home, out=out) == 3
        assert "no policy" in out.getvalue()
    out = StringIO()
    assert run(bundle, json=True, out=out) == 3
    assert json.loads(out.getvalue())["exit"] == 3


def test_the_operators_own_policy_is_said_first(bundle: Path, tmp_path: Path) -> None:
    home = tmp_path / "policy"
    home.write_bytes(POLICY.text())
    out = StringIO()
    assert run(bundle, home_policy=home, out=out) == 0
    assert out.getvalue().splitlines()[0] == OWN_POLICY
    out = StringIO()
    assert run(bundle, policy_file=home, home_policy=home, out=out) == 0
    assert OWN_POLICY not in out.getvalue()


def test_a_policy_without_our_keys_leaves_things_unchecked(bundle: Path) -> None:
    outcome = verify_path(bundle, Policy(logs=POLICY.logs))
    assert outcome.exit_code == 3
    assert {f.check for f in outcome.findings} == {Check.MANIFEST, Check.RECEIPTS}


def test_keys_of_somebody_else_are_a_finding(bundle: Path) -> None:
    other = Policy(
        logs=(Peer(key=replace(LOG_KEY, seed=b"\x01" * 32).verifier()),),
        receipts=(LocalSigner(replace(key(RECEIPTS.name), seed=b"\x02" * 32)).verifier,),
        bundles=(LocalSigner(replace(key(BUNDLE.name), seed=b"\x03" * 32)).verifier,),
    )
    outcome = verify_path(bundle, other)
    assert outcome.exit_code == 1
    assert checks(outcome) == {Check.MANIFEST, Check.CHECKPOINT, Check.RECEIPTS}


def test_an_unreadable_policy_is_unreadable(bundle: Path, tmp_path: Path) -> None:
    bad = tmp_path / "policy"
    bad.write_bytes(b"quorum everyone\n")
    out = StringIO()
    assert run(bundle, policy_file=bad, out=out) == 2
    assert run(bundle, policy_file=tmp_path / "none", out=out) == 2


# Single files, log folders, and what is neither


def write_log(folder: Path, leaves: list[bytes]) -> Path:
    for path, data in log_of(leaves).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def test_a_log_folder_may_be_ahead_of_its_checkpoint(tmp_path: Path, told: list[Told]) -> None:
    leaves = [t.sealed.leaf for t in told] * 3
    folder = write_log(tmp_path / "log", leaves[:300])
    before = (folder / "checkpoint").read_bytes()
    assert verify_path(folder, POLICY).kind is Kind.LOG
    assert verify_path(folder, POLICY).exit_code == 0
    for stale in (folder / "tile/0/001.p/44", folder / "tile/entries/001.p/44"):
        stale.unlink()
    write_log(folder, leaves[:400])
    (folder / "checkpoint").write_bytes(before)
    outcome = verify_path(folder, POLICY)
    assert outcome.exit_code == 1  # 300 leaves need the partial tile, or the full one
    write_log(folder, leaves + leaves)
    (folder / "checkpoint").write_bytes(before)
    assert verify_path(folder, POLICY).findings == ()


def test_one_altered_byte_of_a_log_is_named(tmp_path: Path, told: list[Told]) -> None:
    folder = write_log(tmp_path / "log", [t.sealed.leaf for t in told])
    entries = folder / f"tile/entries/000.p/{len(told)}"
    raw = bytearray(entries.read_bytes())
    raw[35 * 7 + 20] ^= 1
    entries.write_bytes(bytes(raw))
    outcome = verify_path(folder, POLICY)
    assert outcome.exit_code == 1
    assert (Check.TILES, 7) in {(f.check, f.index) for f in outcome.findings}
    assert Check.ENTRIES in checks(outcome)


def test_a_head_that_claims_the_impossible_ends_the_check(tmp_path: Path) -> None:
    folder = write_log(tmp_path / "log", [b"\x01" * 33])
    head = TreeHead(origin=ORIGIN, size=2**62, root=b"\x05" * 32)
    note = format_checkpoint(head, [sign(LOG_KEY, head.text).line])
    (folder / "checkpoint").write_bytes(note)
    outcome = verify_path(folder, POLICY)
    assert outcome.exit_code == 1
    assert "are needed and" in words(outcome)


def test_a_checkpoint_alone(tmp_path: Path, told: list[Told]) -> None:
    path = tmp_path / "checkpoint"
    raw = log_of([t.sealed.leaf for t in told])["checkpoint"]
    path.write_bytes(raw)
    assert verify_path(path, POLICY).exit_code == 0
    path.write_bytes(raw.replace(b"\n%d\n" % len(told), b"\n%d\n" % (len(told) - 1)))
    assert checks(verify_path(path, POLICY)) == {Check.CHECKPOINT}
    path.write_bytes(b"")
    assert verify_path(path, POLICY).exit_code == 1


def test_a_proof_needs_its_leaf(tmp_path: Path, told: list[Told]) -> None:
    leaves = [t.sealed.leaf for t in told]
    files = log_of(leaves)
    reader = TileReader(len(leaves), files.get)
    held = tmp_path / "mine.receipt"
    path = tmp_path / "mine.tlog-proof"
    at = next(i for i, t in enumerate(told) if t.step.name == "alert-1-received")
    index_of = {n: i for i, n in enumerate(receipts_of(told))}
    mine = next(n for n in index_of if told[at].sealed.leaf_hash == _leaf_of(n))
    held.write_bytes(mine)
    proof = TlogProof(
        index=at,
        path=tuple(inclusion_proof(at, len(leaves), reader.hash_at)),
        checkpoint=files["checkpoint"],
    )
    path.write_bytes(proof.raw)
    assert verify_path(path, POLICY).exit_code == 3
    assert verify_path(path, POLICY, [held]).exit_code == 0
    assert verify_path(path, POLICY, leaf=told[at].sealed.leaf_hash).exit_code == 0
    assert checks(verify_path(path, POLICY, leaf=told[0].sealed.leaf_hash)) == {Check.PROOF}
    path.write_bytes(replace(proof, extra=leaves[at]).raw)
    assert verify_path(path, POLICY).exit_code == 0
    path.write_bytes(replace(proof, extra=leaves[0]).raw)
    assert verify_path(path, POLICY).exit_code == 1


def _leaf_of(note: bytes) -> bytes:
    return Receipt.read(note.partition(b"\n\n")[0] + b"\n").leaf_hash


def test_a_receipt_alone(tmp_path: Path, told: list[Told]) -> None:
    path = tmp_path / "note.txt"
    path.write_bytes(receipts_of(told)[0])
    outcome = verify_path(path, POLICY)
    assert (outcome.kind, outcome.exit_code) == (Kind.RECEIPT, 0)
    path.write_bytes(receipts_of(told)[0].replace(b"due 1", b"due 2"))
    assert checks(verify_path(path, POLICY)) == {Check.RECEIPTS}


def test_what_is_nothing_known_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"hello\n")
    assert verify_path(tmp_path / "a", POLICY).exit_code == 2
    (tmp_path / "empty").mkdir()
    assert verify_path(tmp_path / "empty", POLICY).exit_code == 2
    assert verify_path(tmp_path / "nowhere", POLICY).exit_code == 2


def test_links_are_findings_and_never_followed(bundle: Path, tmp_path: Path) -> None:
    away = tmp_path / "openings"
    (bundle / "openings.jsonl").rename(away)
    (bundle / "openings.jsonl").symlink_to(away)
    outcome = verify_path(bundle, POLICY)
    assert outcome.exit_code == 1
    assert "openings.jsonl: is a link" in words(outcome)
    assert outcome.figures["opened"] == 0


def test_a_site_file_that_lies(tmp_path: Path, told: list[Told]) -> None:
    for values in ({"synthetic": True}, {"site": "other"}):
        folder = tmp_path / str(len(values["site"]) if "site" in values else 0)
        outcome = verify_path(write(folder, told, erased=ERASED, site=values), POLICY)
        assert checks(outcome) == {Check.SITE}


# The command


@pytest.mark.parametrize("argv", [[], ["a", "b"], ["a", "--nonsense"], ["a", "--leaf", "AB"]])
def test_wrong_usage_is_64(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(argv)
    assert ended.value.code == 64
    assert capsys.readouterr().err


def test_the_command_alone_and_what_it_pulls_in(bundle: Path, tmp_path: Path) -> None:
    """In a process of its own: JSON out, exit code, and no database, web or XML library."""
    policy = tmp_path / "policy"
    policy.write_bytes(POLICY.text())
    program = (
        "import sys; from answerable.verifier.__main__ import main; code = main(sys.argv[1:]);"
        "heavy = {m.partition('.')[0] for m in sys.modules} & {'sqlalchemy', 'fastapi', 'lxml',"
        " 'httpx', 'pydantic', 'starlette', 'hyperscan', 'pyarrow', 'jinja2'};"
        "sys.stderr.write(','.join(sorted(heavy))); sys.exit(code)"
    )
    argv = [sys.executable, "-c", program, str(bundle), "--policy", str(policy), "--json"]
    answer = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stderr) == (0, "")
    said = json.loads(answer.stdout)
    assert said["exit"] == 0
    assert [c["number"] for c in said["checks"]] == list(range(1, 16))


@pytest.mark.parametrize(
    ("change", "check"),
    [
        (lambda e: {**e, "extra": 1}, Check.ENVELOPES),
        (lambda e: {**e, "type": "ad.unheard"}, Check.ENVELOPES),
        (lambda e: {**e, "v": 2}, Check.ENVELOPES),
        (lambda e: {**e, "recorded": -1}, Check.ENVELOPES),
        (lambda e: {**e, "recorded": 2**53 - 1}, Check.ENVELOPES),
        (lambda e: {**e, "sseq": True}, Check.ENVELOPES),
        (lambda e: {**e, "prev": "AB" * 32}, Check.ENVELOPES),
        (lambda e: {**e, "refs": [], "due": [], "closes": []}, Check.ENVELOPES),
        (lambda e: {**e, "groups": {**e["groups"], "more": "AA=="}}, Check.GROUPS),
    ],
)
def test_a_signed_envelope_of_another_form_is_found(
    tmp_path: Path,
    told: list[Told],
    change: Callable[[dict[str, Any]], dict[str, Any]],
    check: Check,
) -> None:
    """The operator signs it himself, so no signature and no digest shows it."""
    openings = openings_of(told, ERASED)
    row = openings[next(i for i, t in enumerate(told) if t.step.name == "h-received")]
    envelope = change(json.loads(row["envelope"]))
    row["envelope"] = json.dumps(
        envelope, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode()
    folder = write_openings(tmp_path / "b", openings, site=site_json(told))
    outcome = verify_path(folder, POLICY)
    assert check in checks(outcome)
    assert row["index"] in {f.index for f in outcome.findings if f.check is check}
