"""Writes: load the facts, ask the domain, store, record the event. A service never commits."""
