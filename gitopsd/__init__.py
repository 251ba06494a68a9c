"""Karmada's multi-cluster brain with a git repository as its control plane."""

__version__ = "0.1.0"
