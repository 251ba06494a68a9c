"""HTML as a strict reader takes it: every tag closed in its order, and what the page refers to."""

from html.parser import HTMLParser

VOID = {"meta", "link", "br", "hr", "img", "input"}


class Browser(HTMLParser):
    """`links` are the addresses a page names, `cells` the words of table rows, `words` all text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.rows: list[list[str]] = []
        self.words = ""
        self._open: list[str] = []
        assert html.startswith("<!doctype html>\n")
        self.feed(html)
        self.close()
        assert self._open == [], f"never closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self._open.append(tag)
        for name, value in attrs:
            assert not name.startswith("on") and name != "style", f"{tag} has {name}"
            if name in ("href", "src", "action", "srcset", "data"):
                self.links.append(value or "")
        assert tag not in ("script", "style", "iframe", "object", "form"), tag
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open and self._open[-1] == tag, f"</{tag}> closes {self._open[-1:]}"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self.words += data
        if "td" in self._open or "th" in self._open:
            self.rows[-1][-1] += data

    @property
    def elsewhere(self) -> list[str]:
        """Addresses that do not begin at our own root."""
        return [link for link in self.links if not link.startswith("/") or link.startswith("//")]
