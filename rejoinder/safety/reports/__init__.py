"""Reports: a person hands chosen messages or an advert to the operator, who decides; both are written down.

So is what operators do elsewhere: decisions on owners and offers, money, recalls. Tables: safety.report, safety.audit_entry.
Stops the business's adverts through protections at once. Consumes OwnerDecided, OfferDecided, MoneyMoved and
CampaignRecalled; publishes nothing.
"""
