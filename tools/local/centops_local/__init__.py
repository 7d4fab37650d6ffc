"""Runs CentOps on one machine: the emulator, the mutual-TLS edge and a sample network."""
