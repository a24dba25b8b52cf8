"""How does a file of people become rows? Readers of CSV, TXT and XLSX behind one door."""

from worker.lists.open import ListFile, open_list
from worker.lists.source import ReadOptions

__all__ = ["ListFile", "ReadOptions", "open_list"]
