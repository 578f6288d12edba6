"""Answers to browsers that ask whether another origin may call."""

from starlette.middleware.cors import CORSMiddleware as CORSMiddleware
