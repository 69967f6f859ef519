"""adapters.objects: files by digest, encrypted each under its own key, on obstore.

Owns     EvidenceFiles (ads.files.Files) and the sweep of unreferenced objects.
Emits    nothing.
Imports  adapters.sql for its rows, obstore, kernel.
Start at files.py.
"""
