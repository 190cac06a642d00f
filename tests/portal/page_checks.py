"""What must hold for every page, read from its HTML without a browser."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"meta", "link", "input", "img", "br"}


@dataclass
class Page(HTMLParser):
    """Elements of a page; `problems` lists what a standing rule forbids."""

    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    stack: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.elements.append((tag, given))
        if tag not in _VOID:
            self.stack.append(tag)
        if (
            "style" in given
            or tag in ("script", "style", "iframe")
            or any(name.startswith("on") for name in given)
        ):
            self.problems.append(f"<{tag}> is or carries something inline")
        if tag in ("link", "img", "form"):
            address = given.get("src") or given.get("href") or given.get("action") or ""
            if not address.startswith("/"):
                self.problems.append(f"<{tag}> leads away: {address}")

    def handle_endtag(self, tag: str) -> None:
        if not self.stack or self.stack.pop() != tag:
            self.problems.append(f"</{tag}> closes nothing")

    def ids(self) -> list[str]:
        return [attributes["id"] for _, attributes in self.elements if "id" in attributes]

    def links(self) -> list[str]:
        return [attributes["href"] for tag, attributes in self.elements if tag == "a"]


def read_page(html: str) -> Page:
    """Parse a page and check it: balanced, one h1, unique ids, targets and labels that exist, nothing inline."""
    page = Page()
    page.feed(html)
    page.close()
    ids = page.ids()
    tags = [tag for tag, _ in page.elements]
    if page.stack:
        page.problems.append(f"never closed: {page.stack}")
    if tags.count("h1") != 1:
        page.problems.append(f"{tags.count('h1')} h1")
    if len(ids) != len(set(ids)):
        page.problems.append("an id is used twice")
    for tag, attributes in page.elements:
        named = [attributes[a] for a in ("for", "aria-labelledby", "aria-describedby") if a in attributes]
        if tag == "a" and attributes["href"].startswith("#"):
            named.append(attributes["href"][1:])
        page.problems += [
            f"<{tag}> points at #{name}, which is not there" for name in named if name not in ids
        ]
    return page
