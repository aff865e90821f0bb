"""Profiles: owners and the operator's decision on them, businesses with handle and profile, and who holds which role.

Tables owner, business and team_member. Publishes OwnerDecided. How somebody comes to a role is `team`'s.
"""
