"""Deliveries: one row for each sponsored message put before a person, from held to posted or void.

Decides what a seen costs, what is voided and what is withdrawn, and tells the person why they see it. Who gets what is
decided in `ads.rounds`. Table: ads.delivery. Publishes DeliveryReplied and CampaignRecalled; consumes ProtectionChanged and
MessageSent.
"""
