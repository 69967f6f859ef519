"""Packs: the shipped one, the digest, and every fault told with file, line and rule."""

import hashlib
from pathlib import Path

import pytest

from answerable.screening.judge import Engine
from answerable.screening.matcher import why_unfit
from answerable.screening.packs import (
    PackRefused,
    demo_pack,
    digest_of,
    load_pack,
    pack_of,
    read_files,
)

HEAD = b'format = 1\nid = "test"\nversion = "1.0.0"\ntitle = "A test"\n'
RULE = """
[[rule]]
id = "tin-bell"
title = "A marker"
meaning = "Nothing."
evidence = "None."
kind = "signal"
words = ["tinbell"]
author = "Somebody"
reviewed = 2026-11-01

[rule.examples]
match = ["a tinbell"]
no_match = ["a bell"]
"""


def files(rules: str = RULE, head: bytes = HEAD) -> dict[str, bytes]:
    return {"pack.toml": head, "rules/words.toml": rules.encode()}


def faults(rules: str = RULE, head: bytes = HEAD) -> list[str]:
    with pytest.raises(PackRefused) as caught:
        pack_of(files(rules, head))
    return list(caught.value.faults)


def test_the_shipped_pack_loads_and_tells_who_wrote_each_rule() -> None:
    pack = demo_pack()
    assert pack.id == "demo"
    assert {"bluelantern", "greenkite", "redumbrella", "obscured-phone"} <= {
        r.id for r in pack.rules
    }
    assert all(rule.author and rule.evidence and rule.meaning for rule in pack.rules)
    assert all(rule.examples_match and rule.examples_no_match for rule in pack.rules)


def test_the_digest_is_that_of_the_listing() -> None:
    given = {"b.toml": b"two", "a/c.toml": b"one"}
    listing = (
        f"{hashlib.sha256(b'one').hexdigest()} 3 a/c.toml\n"
        f"{hashlib.sha256(b'two').hexdigest()} 3 b.toml\n"
    )
    assert digest_of(given) == hashlib.sha256(listing.encode()).hexdigest()


def test_any_byte_of_any_file_changes_the_digest(tmp_path: Path) -> None:
    for name, data in (files() | {"README.md": b"read me"}).items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (tmp_path / ".hidden").write_text("no part of it")
    digests = {load_pack(tmp_path).digest}
    (tmp_path / "README.md").write_bytes(b"read me!")
    digests.add(load_pack(tmp_path).digest)
    (tmp_path / "README.md").rename(tmp_path / "READ.md")
    digests.add(load_pack(tmp_path).digest)
    (tmp_path / ".hidden").unlink()
    digests.add(load_pack(tmp_path).digest)
    assert len(digests) == 3


WORDS = 'words = ["tinbell"]'
SIGNAL = 'kind = "signal"'


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("words =", "word =", 'words.toml:8: rule "tin-bell": unknown key "word"'),
        ("words =", "word =", '; did you mean "words"?'),
        (
            SIGNAL,
            'kind = "signall"',
            'words.toml:7: rule "tin-bell": kind = "signall" is not known',
        ),
        (SIGNAL, 'kind = "signall"', '; did you mean "signal"?'),
        (SIGNAL, 'kind = "strip"', "; one of refuse, withhold, signal"),
        (SIGNAL, 'kind = "signal', "words.toml:7:"),
        ("author =", "replace =", 'words.toml:9: rule "tin-bell": "replace": no rule can change'),
        ('author = "Somebody"', "", "author is missing"),
        ("2026-11-01", '"soon"', "words.toml:10: rule"),
        ('title = "A marker"', "title = 5", "title is a text"),
        (WORDS, "words = []", "nothing to look for"),
        (WORDS, 'words = [" "]', "is empty"),
        (WORDS, 'contacts = ["fone"]', 'did you mean "phone"'),
        (WORDS, f'{WORDS}\njurisdictions = ["usa"]', "no place such as"),
        (WORDS, f"{WORDS}\nweight = -1", "weight is a whole number"),
        (WORDS, f"{WORDS}\nsplit = 1", "split is true or false"),
        (
            '["a tinbell"]',
            '["a bell"]',
            'words.toml:2: rule "tin-bell": example "a bell" should match',
        ),
        ('["a bell"]', '["a tinbell"]', "should not match and does"),
        ('["a bell"]', "[]", "examples.no_match needs at least one text"),
        ("tin-bell", "Tin Bell", "id is made of small letters"),
        ("[[rule]]", "[rule]", "in double brackets"),
        ("[[rule]]", "[[rules]]", 'did you mean "rule"?'),
    ],
)
def test_faults_name_file_line_and_rule(old: str, new: str, says: str) -> None:
    assert old in RULE
    told = faults(RULE.replace(old, new))
    assert any(says in one for one in told), told


def test_all_faults_are_told_at_once() -> None:
    broken = RULE.replace("kind =", "kinds =").replace("author", "autor")
    told = faults(broken)
    assert len(told) >= 4
    assert any('did you mean "kind"' in one for one in told)
    assert any('did you mean "author"' in one for one in told)


def test_an_id_stands_once() -> None:
    assert any("already the id of a rule at rules/words.toml:2" in one for one in faults(RULE * 2))


@pytest.mark.parametrize(
    ("head", "says"),
    [
        (b"", "format = 1"),
        (HEAD.replace(b"1.0.0", b"one"), "semantic version"),
        (HEAD + b'owner = "x"', 'unknown key "owner"'),
        (HEAD.replace(b"test", b"A Test", 1), "small letters"),
        (b"\xff", "not UTF-8"),
    ],
)
def test_the_head_is_checked(head: bytes, says: str) -> None:
    assert any(says in one for one in faults(head=head))


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("a.*b", "more than 200"),
        ("(?:ab)+", "more than 200"),
        ("a?", "nothing at all"),
        (r"\bbell\b", "anchor"),
        ("^bell", "anchor"),
        ("bell(", "no regular expression"),
        (r"(a)\1", "Back-references"),
        ("a(?=b)", "Zero-width"),
        ("(?P<name>a)", "names a group"),
    ],
)
def test_a_pattern_that_cannot_be_bounded_is_refused_with_its_reason(
    pattern: str, says: str
) -> None:
    reason = why_unfit(pattern)
    assert reason is not None
    assert says in reason
    told = faults(RULE.replace('words = ["tinbell"]', f"patterns = ['{pattern}']"))
    assert any(f"pattern '{pattern}'" in one and "words.toml:8" in one for one in told)


@pytest.mark.parametrize("pattern", ["a.{0,20}b", r"[^$]5", r"\$5", r"tin[ -]?bells?", r"a\\b"])
def test_a_bounded_pattern_is_taken(pattern: str) -> None:
    assert why_unfit(pattern) is None


def test_folders_that_are_no_packs(tmp_path: Path) -> None:
    with pytest.raises(PackRefused, match=r"no pack\.toml"):
        load_pack(tmp_path)
    with pytest.raises(PackRefused, match=r"no pack\.toml"):
        load_pack(tmp_path / "absent")
    (tmp_path / "pack.toml").write_bytes(HEAD)
    with pytest.raises(PackRefused, match="no rules"):
        load_pack(tmp_path)
    (tmp_path / "link.toml").symlink_to(tmp_path / "pack.toml")
    with pytest.raises(PackRefused, match="a link"):
        read_files(tmp_path)


def test_a_thousand_words_are_one_scan() -> None:
    words = ", ".join(f'"mark{n:04d}er"' for n in range(1_000))
    rules = RULE.replace('["tinbell"]', f'["tinbell", {words}]')
    engine = Engine(pack_of(files(rules)))
    text = "bike mark0500er and mark-0999-er"
    assert [text[one.start : one.end] for one in engine.judge({"body": text}).signals] == [
        "mark0500er",
        "mark-0999-er",
    ]
