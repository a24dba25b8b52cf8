"""Reads workbooks in a process of its own with limits (`serve.py`), which streams the rows to ours (`child.py`)."""
