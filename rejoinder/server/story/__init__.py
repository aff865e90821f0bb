"""The main story, played on a fresh temporary installation: `rejoinder demo --story`.

It is a proof, so it may not look behind the scenes: only HTTP, WebSocket and the command line are used; an import contract
says so. `play` runs it, `stage` holds the processes, `device` and `town` what people do, the other modules the steps.
"""
