"""Ads: who pays, for what, to whom it may be shown, what it cost.

Tables in schema `ads`, migration 0005. Siblings from the bottom up: ledger, audiences, campaigns, review,
rounds and delivery, insights.
Whether an advert may reach a person now is not decided here but in `people.protections`, under that person's lock.
"""
