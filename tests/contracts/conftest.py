"""Fixtures of the contract tests: a real signer, and a log that it signs."""

from tests.contracts.log_room import log, signer  # noqa: F401
