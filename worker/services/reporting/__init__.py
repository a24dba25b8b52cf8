"""What became of each number: polls, callbacks, and the reports made of them."""
