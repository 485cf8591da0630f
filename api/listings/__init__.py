"""The artisan's desk for listings: words, price, stock, pictures."""
