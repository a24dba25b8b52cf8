"""The commands that send one thing to one number through eSMS at once: calls, Zalo, Viber, multichannel.

No database, no Redis: an adapter, one request, and what it came to.
"""
