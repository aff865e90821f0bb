"""The live channel: sockets, what goes over them, group commit of what comes in, hints between processes.

Hints are only hints: a client that loses every one of them converges by asking for newer versions and changes.
Owns no table and publishes no event.
"""
