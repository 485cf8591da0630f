"""The process that deals with money that a bank sends back after its payout has ended."""
