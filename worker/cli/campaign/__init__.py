"""The commands `loa campaign ...`."""
