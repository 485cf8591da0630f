"""The process that seals the audit log, once a day."""
