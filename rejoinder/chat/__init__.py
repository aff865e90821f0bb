"""Chat: threads of participants, their messages, receipts, mailboxes, and the live channel. Schema `chat`.

A participant is `(kind, id)`; nothing here knows what a business or an advert is beyond that, a sponsored message carries an
opaque `origin_ref`. Publishes MessageSent, MessageChanged and ReceiptMoved. docs/life-of-a-message.md follows one message.
"""
