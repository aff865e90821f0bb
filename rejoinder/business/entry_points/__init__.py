"""Entry points: links and QR codes that open a thread with a business, and the note of which door was used.

Table entry_point. Opening a door makes contact and thread in one transaction; it never makes anybody eligible for adverts.
"""
