"""The audit log for those who may read it: search, export, and the mark that every such reading leaves."""
