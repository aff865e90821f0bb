"""Rejoinder: a self-hosted messenger in which businesses speak when spoken to.

Packages depend downwards only: server > safety > ads > business > chat > people > wire > db > units.
ARCHITECTURE.md has the picture; docs/glossary.md has the words.
"""
