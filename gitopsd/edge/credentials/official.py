"""The official package's reader of kubeconfigs, loaded when the first one is read.

That takes a fifth of a second and 20 MB, which commands that reach no cluster need not spend.
"""

from importlib import import_module
from typing import Any


def kube_config() -> Any:
    """The module with `KubeConfigMerger`, `KubeConfigLoader`, `ConfigNode` and `ExecProvider`."""
    return import_module("kubernetes.config.kube_config")


def configuration() -> Any:
    """A new configuration; it tells the proxies of the environment."""
    return import_module("kubernetes.client").Configuration()
