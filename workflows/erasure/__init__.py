"""The process that makes everybody who knows a person forget them."""
