"""The process that keeps an account at the payment provider up to date."""
