"""A stand-in for the European Central Bank's files of exchange rates."""
