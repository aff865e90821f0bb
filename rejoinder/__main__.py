"""`python -m rejoinder` is the `rejoinder` command."""

from rejoinder.server.cli import main

main()
