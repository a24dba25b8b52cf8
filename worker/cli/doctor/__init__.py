"""The command `loa doctor`."""
