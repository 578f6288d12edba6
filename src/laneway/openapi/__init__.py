"""The OpenAPI 3.1 document of an app, and the pages that show it."""
