"""Messages: append in batches, edit, unsend, and the sponsored kind. Tables message and thread's counters; mailboxes move with them.

Decides who may write what, in which order messages stand, and what becomes of a repeat. Publishes MessageSent and MessageChanged.
"""
