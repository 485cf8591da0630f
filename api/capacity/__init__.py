"""How many commissions a shop takes at once, who waits for a place, and when a piece could be ready."""
