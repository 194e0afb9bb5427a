"""The Processing provider, and the adapter that turns a stage's declaration into an algorithm."""
