"""Pure decisions: the same function shows a consequence before the click and executes it after. No I/O, no clock."""
