"""destinations: what carries a report to those who take it otherwise than by the CyberTipline.

Owns     the sealed package (ZIP, manifest, signature), its cover letter (PDF), the ZIP of files.
Emits    nothing.
Imports  kernel. Which report goes where, and what it may hold, is said by apps and reports.
Start at package.py.
"""
