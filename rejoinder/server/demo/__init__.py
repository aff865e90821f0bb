"""The demo: a town of about 200 people in 8 time zones and 12 businesses with months behind them, and what serves it.

`town.py` reads the words, `seed.py` lives the months through the ordinary commands, `bot.py` answers for the businesses over
`/api` and `/live` like any program, `run.py` starts it all. Nothing here is used by an installation for real people.
"""
