"""The process that issues what has not been issued on demand."""
