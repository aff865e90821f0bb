"""Inbox: one list of threads for everybody who answers for a business, with state, assignment and saved replies.

Tables inbox_item, inbox_counter and saved_reply. Items follow chat through the outbox and may lag; nothing protective reads them.
"""
