"""The cluster's containers: image, proxy, one-shot jobs, health check, keys."""
