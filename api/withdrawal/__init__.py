"""An artisan takes their money out."""
