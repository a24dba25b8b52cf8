"""How does a file of people become rows? Readers of CSV, TXT and XLSX."""
