"""`fastapi.openapi`: what libraries that describe operations themselves import."""
