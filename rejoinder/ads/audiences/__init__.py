"""Audiences: which of the people who wrote to a business an ad set asks for, and how many of them can be reached.

Only counts in ranges leave this package; whether an advert may reach somebody is `people.protections`' to say. No tables.
"""
