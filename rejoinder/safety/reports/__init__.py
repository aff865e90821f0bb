"""Reports: a person hands chosen messages or an advert to the operator, who decides; both are written down.

Tables: safety.report, safety.audit_entry. Stops the business's adverts through protections at once; publishes nothing.
"""
