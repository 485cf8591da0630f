"""What every process needs before it knows the business: settings, logging, database, Temporal, clock."""
