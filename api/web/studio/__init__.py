"""The artisan's desk."""
