"""The endpoints, one file per tag of the docs."""
