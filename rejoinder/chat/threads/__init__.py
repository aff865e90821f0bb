"""Threads: who talks with whom, requests from strangers, the list of threads of a person. Tables thread, participant, mailbox.

Opening is safe when both sides do it at once. Leaves what is said to `messages` and who may be written to for adverts to `people`.
"""
