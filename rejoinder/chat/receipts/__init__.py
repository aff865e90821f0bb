"""Receipts: how far each participant got, delivered and read. Columns of chat.participant; reading clears the mailbox's unread.

Marks only move forward. Publishes ReceiptMoved.
"""
