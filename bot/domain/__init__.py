"""Pure decisions: no await, no clock, no randomness, no network, no SQL."""
