"""Two hours of everything at once: `make soak` writes a ledger, a verdict and the picture of docs/soak.md."""
