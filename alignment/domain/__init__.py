"""The domain: pure functions on frozen data, told the time and the actor; the standard library only."""
