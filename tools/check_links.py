"""Every link and picture within the built book leads somewhere: python tools/check_links.py FOLDER

Sphinx checks what the pages' sources say; this checks what a reader clicks, anchors included. Prints what is broken, as
PAGE: TARGET, and the number of links; exit status 1 when any is broken. Links to other sites are left to `make links`.
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlparse


class Page(HTMLParser):
    """The links of a page, and the anchors that can be linked to."""

    def __init__(self, path):
        super().__init__()
        self.links, self.anchors = set(), set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.links.update(values[name] for name in ("href", "src") if values.get(name) and tag != "base")
        self.anchors.update(values[name] for name in ("id", "name") if values.get(name))


def broken_links(folder):
    """How many links within `folder` there are, and those that are broken as pairs of page and link."""
    pages = {path.resolve(): Page(path) for path in sorted(Path(folder).rglob("*.html"))}
    count, broken = 0, []
    for path, page in pages.items():
        for link in sorted(page.links):
            address, anchor = urldefrag(link)
            if urlparse(address).scheme or address.startswith("//"):
                continue
            count += 1
            target = (path.parent / unquote(urlparse(address).path)).resolve() if address else path
            known = pages[target].anchors if target in pages else {""}
            if not target.exists() or (anchor and unquote(anchor) not in known):
                broken.append((path, link))
    return count, broken


def main():
    folder = Path(sys.argv[1])
    count, broken = broken_links(folder)
    for page, link in broken:
        print(f"{page.relative_to(folder.resolve())}: {link}")
    print(f"{count} links within the book, {len(broken)} broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
