"""Jobs in Redis, for processes on several machines."""
