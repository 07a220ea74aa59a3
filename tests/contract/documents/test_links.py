"""Every link in the documents leads somewhere, and every document can be found by one."""

import re

from support.document_blocks import PAGES, ROOT

DECISIONS = ROOT / "docs" / "adr"
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(page for part in ("ansible", "docs", "tests") for page in (ROOT / part).rglob("*.md"))]
)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")


def without_blocks(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", without_blocks(text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_every_page_that_is_linked_exists() -> None:
    dead = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in DOCUMENTS
        for target, _ in LINK.findall(without_blocks(page.read_text(encoding="utf-8")))
        if not (page.parent / target).exists()
    ]

    assert dead == []


def test_every_anchor_that_is_linked_is_a_heading() -> None:
    dead = []
    for page in DOCUMENTS:
        text = page.read_text(encoding="utf-8")
        for target, anchor in LINK.findall(without_blocks(text)):
            linked = (page.parent / target).read_text(encoding="utf-8") if anchor and target else text
            if anchor and anchor not in anchors(linked):
                dead.append(f"{page.relative_to(ROOT)}: {target}#{anchor}")

    assert dead == []


def test_every_page_is_linked_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    pages = [str(page.relative_to(ROOT)) for page in PAGES if page.parent != ROOT]

    assert [page for page in pages if f"]({page})" not in readme] == []


def test_the_list_of_decisions_names_each_by_its_title() -> None:
    listed = (DECISIONS / "README.md").read_text(encoding="utf-8")
    titles = {page.name: page.read_text(encoding="utf-8").partition("\n")[0] for page in DECISIONS.glob("0*.md")}

    rows = {name: re.sub(r"# (\d+)\. (.*)", rf"| \1 | [\2]({name}) |", title) for name, title in titles.items()}
    assert [name for name, row in sorted(rows.items()) if row not in listed] == []
