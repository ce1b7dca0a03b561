"""Formats in and out: one module each, from bytes to domain data and back; no database, no clock."""
