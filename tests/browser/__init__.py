"""What people do in a real browser, on the whole running stack."""
