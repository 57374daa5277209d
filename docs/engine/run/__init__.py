"""Runs examples, each once, and keeps their results."""
