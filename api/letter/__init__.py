"""Letters on their way from the request that wrote them to their processes."""
