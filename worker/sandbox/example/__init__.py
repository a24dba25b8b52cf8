"""The sandbox's own provider, made up so that people may try Loa with it; this is its vendor's document.

1. A message. POST {base}/messages with a JSON object of texts: `secret`, `request_id` (1 to 50 characters), `key` (kept, not
   compared), `sender`, `text` (1 to 1,000 characters), `to` (0901234567 or 84901234567). The answer is a JSON object:

       {"code": "accepted", "id": 7000000001}                  taken; the id is a number
       {"code": "unknown-sender", "words": "who is LOB?"}      refused, by one of the codes of section 4
       {"code": "later", "words": "..."}                       refused for now: HTTP 429, and Retry-After in seconds

   Refusals have the HTTP status 200. Words are for people, and may be missing.

2. Repeats. The request_id of an accepted message is remembered for 24 hours. To repeat it sends nothing: the answer is that of
   the first time, with its id. A refused request_id is not remembered.

3. The balance. POST {base}/balance with `secret`: {"balance": 1000000000} in VND, or a refusal as above.

4. Codes: `later`; `bad-secret`; `no-money`; `unknown-sender`; `bad-number`, not a Vietnamese mobile; `bad-text`, empty or too
   long; `bad-request`, no object, or a field is missing or no text; `broken`, an error in our server: whether the message was
   taken is not known.

A text of n parts costs n times the price of one. There are no lists, no reports, no hours and no callbacks.
"""

from worker.sandbox.example.service import Own as Own
