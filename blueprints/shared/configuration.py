"""Flask's configuration, derived from the settings."""

from datetime import timedelta
from typing import Any

from blueprints.schemas.errors import REFUSAL
from engine.config import Settings
from engine.queries.server.users import LONGEST_SESSION

_MEGABYTE = 1024 * 1024


def flask_config(settings: Settings) -> dict[str, Any]:
    secure = is_https(settings)
    return {
        "SECRET_KEY": settings.secret_key(),
        "TIMEZONE": settings.timezone,
        "MAX_CONTENT_LENGTH": _MEGABYTE,
        "MAX_FORM_MEMORY_SIZE": _MEGABYTE,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SESSION_COOKIE_NAME": "__Host-carillon" if secure else "carillon",
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_REFRESH_EACH_REQUEST": False,
        "PERMANENT_SESSION_LIFETIME": LONGEST_SESSION,
        # The guard calls the check itself, after it knows who asks and how.
        "WTF_CSRF_CHECK_DEFAULT": False,
        "WTF_CSRF_TIME_LIMIT": None,
        # Some browsers keep the Referer to themselves; the token and the cookie's prefix are enough.
        "WTF_CSRF_SSL_STRICT": False,
        "RATELIMIT_STORAGE_URI": _limits_url(settings.redis_url),
        "RATELIMIT_STORAGE_OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
        "RATELIMIT_SWALLOW_ERRORS": True,
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,
        "SOCK_SERVER_OPTIONS": {"ping_interval": 25, "max_message_size": 65_536},
        "SEND_FILE_MAX_AGE_DEFAULT": timedelta(hours=1),
        **_OPENAPI,
    }


def is_https(settings: Settings) -> bool:
    return settings.base_url.startswith("https://")


def _limits_url(redis_url: str) -> str:
    return redis_url.replace("unix://", "redis+unix://", 1)


_OPENAPI: dict[str, Any] = {
    "DESCRIPTION": "Runs workflows on time, for people who do not program.",
    "SECURITY_SCHEMES": {"token": {"type": "http", "scheme": "bearer"}},
    "AUTO_VALIDATION_ERROR_RESPONSE": True,
    "VALIDATION_ERROR_SCHEMA": REFUSAL,
    "HTTP_ERROR_SCHEMA": REFUSAL,
}
