"""Campaigns: what a business wants to say, to whom, when and for how much; from draft to end.

"Send an offer" makes one campaign with one ad set, creative and ad; an offer is the four read together. Decides which change is
allowed in which state; reviewing is review's, reaching people rounds'. Tables: campaign, ad_set, creative, ad.
Publishes CampaignMoved.
"""
