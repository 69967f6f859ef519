"""public: the pages that anybody may read, and the assets that all our pages share.

Owns     `/`, `/ownership`, `/sections`, `/policy`, `/static/…`; rendering, one CSS file.
Emits    nothing.
Imports  the house through wiring, Jinja2, FastAPI.
Start at pages.py; what every page has in common is rendering.py.
"""
