"""Rounds: put the adverts of all running campaigns before the people who may be reached now, in small chunks.

Decides prices per ad set, what is leased, and who gets which advert; what becomes of a delivery is `ads.delivery`'s.
Tables: ads.round, ads.round_price. Publishes ChunkDelivered.
"""
