"""Kubernetes' own rules, pure: nothing here knows what gitopsd is.

`body` and `wire` are the plain objects and their bytes; `yaml` reads them as Kubernetes does;
`quantity`, `selector`, `names` are its small languages; `pointer`, `patch`, `fields`, `merge` are
how objects change; `schemas` says what they may hold.
"""
