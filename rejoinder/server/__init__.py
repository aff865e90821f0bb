"""The composition root: settings, the web app, the worker, the command line, demo, story and verify.

Everything below is put together here and nowhere else.
"""
