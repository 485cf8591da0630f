"""Pages of commissions: the request, one screen for both sides of each, and every form that moves one."""
