"""Cases: what differs between our books and the provider's, and its repair by two administrators."""
