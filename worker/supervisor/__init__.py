"""Starts the lines of the Procfile, keeps them alive and stops them warmly; knows nothing of what they do."""

from worker.supervisor.apart import apart
from worker.supervisor.guardian import Guardian
from worker.supervisor.nursery import Nursery
from worker.supervisor.output import LogFiles, Terminal
from worker.supervisor.process import Process, environment, listening, taken_port
from worker.supervisor.procfile import procfile, read_procfile
from worker.supervisor.supervise import OWN_NAME, Part, Supervisor

__all__ = [
    "OWN_NAME",
    "Guardian",
    "LogFiles",
    "Nursery",
    "Part",
    "Process",
    "Supervisor",
    "Terminal",
    "apart",
    "environment",
    "listening",
    "procfile",
    "read_procfile",
    "taken_port",
]
