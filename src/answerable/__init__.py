"""Answerable: every ad screened, every alert answered, every suspicion reported; anyone can check.

The top level reads as the story of an ad: ads, screening, alerts, networks, cases, reports,
preservation, ownership; beside it the record: ledger, audit, verifier. Start at apps/story.py.
"""
