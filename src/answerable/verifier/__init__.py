"""verifier: the outsider's offline check of what a site hands over. It trusts no byte of it.

Owns     the numbered checks of docs/verify.md, their findings, the exit code.
Emits    nothing; it only reads. Keys come from the policy given by hand, never from what it checks.
Imports  ledger (formats that foreign verifiers judge), events, kernel, cryptography. No chapter, no
         database. Only files.py and __main__.py touch the disk.
Start at check.py (what is checked, in order), findings.py (the numbers), bundle.py.
"""
