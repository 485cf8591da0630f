"""The process that ends what has been kept long enough."""
