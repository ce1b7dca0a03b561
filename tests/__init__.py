"""Tests: domain, services, web, exchange, contracts, browser; and the house rules themselves."""
