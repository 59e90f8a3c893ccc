"""The JSON interface. `/api` comes first in every address, camelCase in every envelope."""
