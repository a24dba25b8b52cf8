"""The commands about people: `loa user`, `loa audit`."""
