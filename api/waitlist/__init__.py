"""The place that somebody who waits is offered: taken, or left to the next."""
