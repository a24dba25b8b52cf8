"""The sandbox's own provider: one text a call, and the balance. The smallest whole adapter, to be read and copied.

Its vendor's document is the first page of `worker/sandbox/example`; sections are named by it. `adapter` calls,
`parsing` says what an answer means, `codes` lists the codes.
"""

from worker.providers.sandbox.adapter import Sandbox, SandboxAccount

__all__ = ["Sandbox", "SandboxAccount"]
