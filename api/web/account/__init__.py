"""Pages of a person's own account: signing in, proving it again, devices, security, privacy."""
