"""The doors tried from outside, as a careless or greedy user would: `make doors` writes docs/doors.md."""
