"""How does a file of people become rows? Readers of CSV, TXT and XLSX behind one door."""

from worker.lists.open import ListFile, open_list

__all__ = ["ListFile", "open_list"]
