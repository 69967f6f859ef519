"""Laws of spoken receipts: said again for the same nonce, heard however typed, told by no table."""

import hashlib
import hmac

from hypothesis import given
from hypothesis import strategies as st

from answerable.alerts import words

KEYS = st.binary(min_size=32, max_size=32)
NONCES = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=40)
BETWEEN = st.sampled_from([" ", "  ", "\n", ", ", "-", " … ", ". "])


def slow_words(key: bytes, site: str, nonce: str, attempt: int) -> list[str]:
    """The same from the sentence: 256 bits of HMAC-SHA256, eleven at a time from the low end."""
    message = b"answerable/alert-words/v1\x00" + f"{site}\x00{attempt}\x00{nonce}".encode()
    digest = hmac.new(key, message, hashlib.sha256).digest()
    bits = "".join(f"{byte:08b}" for byte in digest)
    said = []
    for _ in range(5):
        bits, low = bits[:-11], bits[-11:]
        said.append(words.WORDS[int(low, 2)])
    return said


@given(key=KEYS, nonce=NONCES, attempt=st.integers(0, 7))
def test_the_words_are_what_the_sentence_says(key: bytes, nonce: str, attempt: int) -> None:
    assert list(words.spoken(key, "main", nonce, attempt)) == slow_words(
        key, "main", nonce, attempt
    )


@given(key=KEYS, nonce=NONCES, between=BETWEEN, upper=st.booleans())
def test_whatever_stands_between_the_words_they_are_heard(
    key: bytes, nonce: str, between: str, upper: bool
) -> None:
    said = words.spoken(key, "main", nonce)
    text = f" {between.join(said)}."
    assert words.heard(text.upper() if upper else text) == said


@given(key=KEYS, nonce=NONCES, other=NONCES)
def test_words_differ_by_nonce_site_key_and_attempt(key: bytes, nonce: str, other: str) -> None:
    said = words.spoken(key, "main", nonce)
    changed = [
        words.spoken(key, "other", nonce),
        words.spoken(bytes(b ^ 1 for b in key), "main", nonce),
        words.spoken(key, "main", nonce, 1),
    ]
    assert said not in changed
    assert (words.spoken(key, "main", other) == said) == (other == nonce)


@given(text=st.text(max_size=60))
def test_what_no_receipt_says_is_not_heard(text: str) -> None:
    found = words.heard(text)
    assert found is None or (len(found) == 5 and set(found) <= set(words.WORDS))


def test_the_list_is_what_the_entropy_says() -> None:
    assert len(set(words.WORDS)) == len(words.WORDS) == 2_048
    assert words.ENTROPY_BITS == 55
    assert all(3 <= len(w) <= 9 and w.isascii() and w.islower() for w in words.WORDS)
    assert list(words.WORDS) == sorted(words.WORDS)


def test_no_two_words_run_together_into_a_third() -> None:
    known = set(words.WORDS)
    joined = {
        word
        for word in known
        for cut in range(3, len(word) - 2)
        if word[:cut] in known and word[cut:] in known
    }
    assert joined == set()
