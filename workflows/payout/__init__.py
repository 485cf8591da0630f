"""The process that pays an artisan by the calendar."""
