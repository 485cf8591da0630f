"""The process that pays an artisan when they ask."""
