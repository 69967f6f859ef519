"""apps.example_site: a small site where people post ads, and that does what it is told.

Owns     its own SQLite file, its pages, its client of the API. It knows the product by HTTP only.
Emits    nothing.
Imports  kernel, apps.serving and libraries; no chapter, no adapter of ours but the clock.
Start at app.py; how it obeys is in obey.py. `--disobey` keeps hidden ads up: for tests.
"""
