"""Store credit and gift cards: a person's own, and what administrators give away."""
