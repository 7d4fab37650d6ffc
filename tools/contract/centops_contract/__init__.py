"""Writes everything that is generated from contract/."""
