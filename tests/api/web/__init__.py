"""Pages over HTTP, without a browser: statuses, redirects, tokens, and what is said beside a field."""
