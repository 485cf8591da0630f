"""What partners' systems call with a token of their own: couriers report, shops' customer records read."""
