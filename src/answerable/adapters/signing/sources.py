"""Signatures of registered sources: Ed25519 over `alerts.sources.signing_text`."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def ed25519_holds(key: bytes, message: bytes, signature: bytes) -> bool:
    """Is this the key's own signature of the message? False for whatever is none."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
