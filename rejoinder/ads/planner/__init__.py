"""Which sponsored messages are worth delivering, for all people and ad sets at once: prices, and a proof of how good they are.

Numbers in, numbers out: no database, no network, no clock. `problem` is what is asked, `chunks` how a population lies in
files, `kernels` what is done with every person and `desk` with every chunk, `solver` finds the prices, `plan` makes
deliveries of them that no budget is too small for. docs/planner.md tells the mathematics in plain words.
"""
