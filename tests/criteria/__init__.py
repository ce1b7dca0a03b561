"""The content of criteria/: that it is whole, and that every mistake in it is found."""
