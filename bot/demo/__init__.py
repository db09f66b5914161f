"""Sample feeds and the loopback server that serves them."""
