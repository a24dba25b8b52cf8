"""Reads a file of people as rows: readers of CSV, TXT and workbooks behind one door."""

from worker.lists.open import ListFile, first_rows, open_list
from worker.lists.source import ReadOptions

__all__ = ["ListFile", "ReadOptions", "first_rows", "open_list"]
