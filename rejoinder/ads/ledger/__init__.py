"""Ledger: the only code that moves money. Double entry per ad account; limits are kept under row locks; balances are sums.

Decides how much may be leased, and that every transfer is balanced and found again by its reference. What a seen costs and
when a hold ends is delivery's. Tables: ad_account, ledger_account, transfer, entry, budget. Publishes MoneyMoved.
"""
