"""Postgres: pool, transactions, named queries, migrations, outbox, and the embedded server.

Owns the schema `db` (installation, outbox and cursors, zone offsets). Knows nothing of what is stored.
"""
