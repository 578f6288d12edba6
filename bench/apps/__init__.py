"""The measured apps: one source for both frameworks, and raw ASGI beside it."""
