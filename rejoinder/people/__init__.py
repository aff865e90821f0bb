"""People: who they are and how they sign in (identity), whom they wrote to (contacts), what protects them (protections).

Low on purpose: chat, business and ads all ask here, so nothing here knows more of them than an id. Publishes the views
`person_card`, `face_card` and `contact_card`. Siblings depend one way: identity > protections > contacts.
"""
