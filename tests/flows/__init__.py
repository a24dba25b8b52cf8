"""Everything at once, as an operator runs it: `loa up` in a process of its own, and what happens when parts of it are killed."""
