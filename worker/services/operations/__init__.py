"""What operators do and what runs at night."""
