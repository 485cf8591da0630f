"""A mail service: takes messages over HTTP and shows them in an inbox instead of sending them."""
