"""What the platform charges shops: rules that administrators set, and what an artisan reads of them."""
