"""The log of the service: what was asked, what was answered, and what turned out to be true.

The service hands over a request's rows; a thread of the log's own writes them in batches, to the kind of log that the
address names. Logs that lie somewhere are read by the monitor while services write.
"""

from fivefold.service.log.address import NO_LOG, check_log, mode_of, open_log
from fivefold.service.log.backend import NotLoggedError
from fivefold.service.log.entry import Entry, Labels
from fivefold.service.log.prediction_log import MODES, Mode, PredictionLog
from fivefold.service.log.reading import read_labels, read_log, read_requests
from fivefold.service.log.whereabouts import OWN_LOG, logs_of, note_log, path_of, resolved

__all__ = [
    "MODES",
    "NO_LOG",
    "OWN_LOG",
    "Entry",
    "Labels",
    "Mode",
    "NotLoggedError",
    "PredictionLog",
    "check_log",
    "logs_of",
    "mode_of",
    "note_log",
    "open_log",
    "path_of",
    "read_labels",
    "read_log",
    "read_requests",
    "resolved",
]
