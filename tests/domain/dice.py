"""Schedules thrown with dice: many at once, where hypothesis would make one after the other."""

import random
from typing import Any

ZONES = ("UTC", "Europe/Berlin", "Europe/London", "America/New_York", "America/St_Johns", "America/Havana",
         "Africa/Casablanca", "Africa/Cairo", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Auckland",
         "Antarctica/Troll")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Dice(random.Random):
    """Throws schedules."""

    def document(self) -> dict[str, Any]:
        shapes = (self._window, self._holidays, self._clock_change, self._jitter, self._end)
        shape = {key: value for make in self.sample(shapes, self.choice((0, 0, 1, 2)))
                 for key, value in make().items()}
        return {**self._rule(), **shape, "timezone": self.choice(ZONES), "policies": {"overlap": "allow"}}

    def _rule(self) -> dict[str, Any]:
        times, every = self._times(), self.randint(1, 2)
        return self.choice((
            {"daily": {"times": times, "every": every}},
            {"weekly": {"days": self.sample(DAYS, self.randint(1, 7)), "times": times, "every": every}},
            {"monthly": {"nth": self.choice((1, 2, "last")), "weekday": self.choice(DAYS), "times": times}},
            {"monthly": {"days": self.sample(range(1, 32), 12), "times": times}},
            {"interval": self.choice(("45m", "1h", "90m", "2h", "6h", "1d"))},
            {"cron": f"{self.randrange(60)} {self.choice(('*', '*/2', '1-3', '0,2,23'))} * * *"},
            {"cron": self.choice(("*/30 1-4 * * *", "0 0 * * sun", "30 2 * * *", "59 23 1-7 * *"))},
        ))

    def _times(self) -> list[str]:
        """Mostly at night, when clocks change."""
        hours = (0, 1, 2, 3, self.randrange(24))
        return sorted({f"{self.choice(hours):02}:{self.choice((0, 15, 30, 59)):02}" for _ in range(3)})

    def _window(self) -> dict[str, Any]:
        start, end = self.sample(range(24), 2)
        return {"window": {"from": f"{start:02}:00", "to": f"{end:02}:30",
                           "outside": self.choice(("skip", "wait"))}}

    def _holidays(self) -> dict[str, Any]:
        return {"holidays": {"calendars": ["country:DE"],
                             "rule": self.choice(("run", "skip", "previous", "next"))}}

    def _clock_change(self) -> dict[str, Any]:
        return {"clock_change": {"forward": self.choice(("shift", "skip")),
                                 "back": self.choice(("first", "second", "both"))}}

    def _jitter(self) -> dict[str, Any]:
        return {"jitter": self.choice(("5m", "40m"))}

    def _end(self) -> dict[str, Any]:
        return {"end_after": self.randint(1, 9)}
