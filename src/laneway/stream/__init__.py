"""Endpoints that yield: Server-Sent Events, JSON Lines and raw chunks."""
