"""Runs examples once, keeps their results and turns them into page parts."""
