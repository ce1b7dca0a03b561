"""Reads: SQL to frozen page data, by page; bounded, ordered, and constant in number however many rows."""
