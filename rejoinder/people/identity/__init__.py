"""Identity: persons and guests, passwords, sessions, codes by mail, handles, and the faces that others see.

Not here: what may reach a person (protections; region, zone, birth year, claimed and verified lie there and are changed
through its commands). Tables: person, identity, password, session, mail_code, mail, attempt, handle, business_face.
No events: a session's end is found by asking, see `commands.list_ended_sessions`.
"""
