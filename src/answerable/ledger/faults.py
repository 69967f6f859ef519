"""What can be wrong with something handed to the ledger. All are the asker's: Refusals."""

from answerable.kernel.errors import Refusal


class Malformed(Refusal):
    """Not spelled the one way its format allows."""


class NotVerified(Refusal):
    """Well spelled, but not shown to be true: a signature, proof or quorum is missing or false."""


class Unchecked(Refusal):
    """This build cannot check it (its OpenSSL has no ML-DSA). Never to be taken for verified."""


class MissingTile(Refusal):
    """A tile that the tree size promises is not there."""
