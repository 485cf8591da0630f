"""Orders as their buyers and their artisans see and move them."""
