"""Review: automatic checks, the operator's queue, the decision, bound to the very bytes that were looked at.

Decides what the checks notice and when an ad may be approved. What may be changed afterwards is campaigns'. Table: review.
Publishes OfferSubmitted and OfferDecided.
"""
