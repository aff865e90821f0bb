"""Team: invitations by mail, leaving, and tokens for programs that speak as the business.

Tables invitation and api_token; roles themselves are rows of `profiles`. Only owners manage a team.
"""
