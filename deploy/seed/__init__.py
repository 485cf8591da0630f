"""What a fresh stack holds: the shops, their listings and their pictures."""
