"""The process that holds our books against the provider's every night."""
