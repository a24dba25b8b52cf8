"""The commands `loa provider …`: our accounts at the providers."""
