"""Jobs that survive: the example of the guide, and the proof that they do."""
