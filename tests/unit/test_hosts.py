"""What counts as this machine: a name that only looks like loopback must never pass."""

import pytest

from answerable.kernel.hosts import is_loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "[::1]", "localhost"])
def test_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["127.example.com", "127.0.0.1.example.com", "0.0.0.0", "192.0.2.1", "::", "", "127."]
)
def test_not_this_machine(host: str) -> None:
    """A demo home once took any name that begins with `127.` for loopback."""
    assert not is_loopback(host)
