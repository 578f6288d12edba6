"""One route compiled: read the request, call dependencies and endpoint, write the response.

A plan exists in two forms that give the same reply. `source` generates Python for one route, with nothing in it that
the route does not need; `general` interprets the dependency tree and serves what is not compiled (forms, streams,
custom route classes). A compiled plan that cannot read its request hands it over to the general one before anything
was called, which then tells every error.
"""
