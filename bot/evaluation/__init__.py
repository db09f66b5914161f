"""`dateline eval`: what production runs, measured."""
