"""How is a workbook read? In a process of its own with limits (`serve.py`), which streams its rows to ours (`child.py`)."""
