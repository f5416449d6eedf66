"""Makes models smaller: exactly by steps, nearly within a budget, and for some values of parameters."""
