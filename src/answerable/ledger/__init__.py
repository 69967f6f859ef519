"""ledger: the log's formats, its tree and its proofs. Pure: bytes in, bytes or a verdict out.

Owns     leaf and node hashing, tiles, signed notes, checkpoints, proofs, policies, receipts.
Emits    nothing; it is beside the story. Only adapters, audit and verifier import it.
Imports  events (sealing), kernel, hashlib and cryptography. It verifies; adapters/signing signs.
Start at merkle.py; every format, byte by byte, is in docs/formats/log.md.
"""
