"""What every call to a provider has in common: its slot, and writing down what came of it."""
