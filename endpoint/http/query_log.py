"""The query log: one line of JSON for each request that asked something, on a logger of its own."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from endpoint.http.jobs import SHOWN_TEXT, Ended, Job
from geosparql.errors import shorten

QUERY_LOG = logging.getLogger("earthgraph.queries")


def log_ended(job: Job, ended: Ended) -> None:
    """Log a job that has ended (a listener of `endpoint.http.jobs.Jobs`).

    A query text may name what its asker is after, and is kept as the asker wrote it:
    who reads the log should be one who may.
    """
    if not QUERY_LOG.isEnabledFor(logging.INFO):
        return
    line = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "id": job.id,
        "kind": job.kind,
        "role": job.role.name,
        "status": ended.status,
        "seconds": round(job.seconds(), 4),
        "bytes": ended.sent_bytes,
        "error": None if ended.error is None else type(ended.error).__name__,
        "text": shorten(job.text, SHOWN_TEXT),
    }
    QUERY_LOG.info(json.dumps(line, ensure_ascii=False))
