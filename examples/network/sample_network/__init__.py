"""Starts the sample network on the local stack, and plays a plan of faults on it."""
