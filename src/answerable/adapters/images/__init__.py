"""adapters.images: what the bytes of an image say of it.

Owns     reading EXIF out of stored originals, for reports; see docs/decisions/0013.
Emits    nothing.
Imports  reports.document.facts.
Start    exif.py
"""
