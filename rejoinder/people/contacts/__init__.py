"""Contacts: person x business, who wrote to whom, when and how; the reply window; service messages in a row.

Owns the exchange columns of people.contact. What a person has decided about a business (stop, mute, block, permission)
lies in the same row and is written by people.protections. No events: chat publishes the message itself.
"""
