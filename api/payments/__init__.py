"""A customer's payment details. Cards themselves are the provider's: their numbers never reach us."""
