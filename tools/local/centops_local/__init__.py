"""Runs CentOps on one machine: the AWS emulator, the mutual-TLS edge and a sample network."""
