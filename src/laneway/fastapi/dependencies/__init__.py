"""`fastapi.dependencies`: what libraries that read or call dependencies themselves import."""
