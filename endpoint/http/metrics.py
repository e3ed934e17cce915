"""Prometheus metrics of an application, and ``/metrics`` that shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily

if TYPE_CHECKING:
    from collections.abc import Iterator

    from endpoint.http.jobs import Ended, Job, Jobs

SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class Metrics:
    """Counts what jobs did; one registry for each application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._requests = Counter(
            "earthgraph_requests", "Requests that ended, by kind, role and HTTP status",
            ("kind", "role", "status"), registry=self.registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "earthgraph_request_seconds", "How long requests took, waiting included",
            ("kind",), buckets=SECONDS, registry=self.registry,
        )  # fmt: skip
        self._bytes = Counter(
            "earthgraph_response_bytes", "Bytes of answers, before compression",
            ("kind",), registry=self.registry,
        )  # fmt: skip

    def count(self, job: Job, ended: Ended) -> None:
        """Count a job that has ended (a listener of `endpoint.http.jobs.Jobs`)."""
        self._requests.labels(job.kind, job.role.name, str(ended.status)).inc()
        self._seconds.labels(job.kind).observe(job.seconds())
        self._bytes.labels(job.kind).inc(ended.sent_bytes)


class _Running:
    """How many jobs there are just now, by role and state."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    def collect(self) -> Iterator[GaugeMetricFamily]:
        gauge = GaugeMetricFamily(
            "earthgraph_jobs", "Requests being worked on", labels=("role", "state")
        )
        found: dict[tuple[str, str], int] = {}
        for job in self._jobs.list():
            key = (job.role.name, job.state())
            found[key] = found.get(key, 0) + 1
        for labels, number in found.items():
            gauge.add_metric(labels, number)
        yield gauge


def metrics_router(metrics: Metrics, jobs: Jobs) -> APIRouter:
    """Make the route ``/metrics``."""
    metrics.registry.register(_Running(jobs))
    router = APIRouter()

    @router.get("/metrics", include_in_schema=False)
    async def shown(_request: Request) -> Response:
        text = generate_latest(metrics.registry)
        return Response(text, headers={"Content-Type": CONTENT_TYPE_LATEST})

    return router
