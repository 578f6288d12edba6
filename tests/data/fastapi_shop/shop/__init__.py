"""A shop written for FastAPI; nothing here knows of Laneway."""
