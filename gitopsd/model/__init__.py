"""What things are: frozen values that carry no decisions.

Values that are read or written are msgspec structs; values that stay inside are frozen dataclasses
compared by identity where caches rely on it. Bodies of Kubernetes objects stay plain mappings.
"""
