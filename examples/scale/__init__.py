"""One app on one machine or many; the page of the guide is docs/scale.md."""
