"""Business: who stands behind a business, who works for it, the doors that open its threads, the shared inbox.

Tables in schema `business`, migration 0004. Decides who may speak or act for a business; what may be said is chat's, what may be
advertised is ads'. Nothing that protects a person is decided here: contacts and the team mark are written through `people`.
"""
