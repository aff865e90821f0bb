"""The bottom: ids, time, money, text bounds and the kinds of error. No input or output beyond reading the clock."""
