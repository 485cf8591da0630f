"""Where an artisan's money goes."""
