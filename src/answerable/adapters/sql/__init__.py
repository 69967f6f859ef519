"""adapters.sql: all storage, SQLAlchemy Core, the same statements on SQLite and PostgreSQL.

Owns     engines, migrations, the transaction (SqlWork), one module per chapter's store.
Emits    what services record; seals it on the way in.
Imports  chapters' store Protocols, events, kernel.
Start at work.py, then runner.py (where transactions come from).
"""
