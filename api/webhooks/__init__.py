"""What partners tell us: verified, stored, answered at once, then handed to the process it concerns."""
