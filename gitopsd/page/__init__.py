"""THE STATUS PAGE: what one turn came to, for people, read-only.

Comes in: the values that core made. Goes out: whole answers, made on the server; nothing here needs
JavaScript or another host, and no body of an object is ever shown. One file and one template per
screen: `overview`, `workload`, `notice`; `frame` puts them into HTML, `rows` cuts long tables.
"""

from gitopsd.page.frame import style
from gitopsd.page.notice import notice
from gitopsd.page.overview import overview
from gitopsd.page.workload import key_of, workload

__all__ = ["key_of", "notice", "overview", "style", "workload"]
