"""signing: private keys on disk, and the only code that uses them.

Owns     the app's keys (receipts, bundles) and the signer process with the log's keys and its own
         memory of what it signed.
Emits    signatures; never twice for two histories.
Imports  ledger (formats), events (the Receipts protocol), kernel, the disk, a local socket.
Start at book.py for what the signer remembers, signer.py for what it refuses.
"""
