"""Reading sealed payloads in Temporal's own pages."""
