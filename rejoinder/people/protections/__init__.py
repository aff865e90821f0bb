"""Protections: may an advert reach this person now? Caps, quiet hours, stops, blocks, permission, age; the policy of each region.

Owns people.attention after its creation, people.protection_event, people.person_block, people.team_member and the
protective columns of people.contact. Publishes `ProtectionChanged`; nothing promised depends on who reads it.
"""
