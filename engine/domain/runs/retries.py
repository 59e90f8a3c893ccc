"""Whether a failed step is tried again, and when."""

import random
from dataclasses import dataclass
from datetime import timedelta

from engine.domain.errors import StepFailed
from engine.domain.runs.states import RETRYABLE_CLASSES

_LONGEST = timedelta(hours=1)
_JITTER = 0.1


@dataclass(frozen=True)
class RetryPolicy:
    """Up to `max_attempts` tries in all; the wait doubles from `backoff` (seed 004)."""

    max_attempts: int = 3
    backoff: timedelta = timedelta(seconds=1)

    @classmethod
    def of(cls, max_attempts: int, backoff_ms: int) -> "RetryPolicy":
        return cls(max_attempts, timedelta(milliseconds=backoff_ms))

    def delay_after(self, attempt: int, *, spread: float | None = None) -> timedelta:
        """Wait after the `attempt`th try: backoff * 2^(attempt-1), ±10 %, at most an hour.

        `spread` in 0…1 replaces the random part of the jitter.
        """
        base = min(self.backoff * 2 ** min(attempt - 1, 30), _LONGEST)
        share = random.random() if spread is None else spread  # noqa: S311 – no secret hangs on it
        return timedelta(seconds=base.total_seconds() * (1 - _JITTER + 2 * _JITTER * share))

    def next_delay(self, attempt: int, failure: StepFailed) -> timedelta | None:
        """Return how long to wait before trying again, or None when trying is pointless."""
        if failure.error_class not in RETRYABLE_CLASSES or attempt >= self.max_attempts:
            return None
        return max(self.delay_after(attempt), failure.retry_after or timedelta())
