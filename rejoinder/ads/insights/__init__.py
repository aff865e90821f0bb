"""Reports of campaigns, folded from delivery rows each time they are read, so that they cannot drift from the ledger.

Decides what is counted and says it in a sentence. Writes nothing; has no tables and no events.
"""
