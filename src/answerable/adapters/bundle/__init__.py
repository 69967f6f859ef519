"""bundle: writes an evidence bundle, the folder that an outsider verifies.

Owns     the folder's making: files, manifest, signature. Its format is docs/formats/bundle.md.
Emits    nothing.
Imports  ledger (formats), events (sealing), kernel, the disk. Never the verifier: it judges us.
Start at writer.py.
"""
