"""Invoices, credit notes and monthly statements, to read and to keep."""
