"""Days on which people do not work: weekends."""

from datetime import date


class WorkingWeek:
    """Monday to Friday, without holidays."""

    def is_working(self, day: date) -> bool:
        return day.weekday() < 5
