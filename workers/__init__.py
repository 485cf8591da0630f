"""The processes that do the work: pools of Temporal workers and their wiring."""
