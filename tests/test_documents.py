"""The pages lead to each other, and the map of the code is one of the code that there is."""

import re
from pathlib import Path

import pytest
import triton_serving

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "examples").glob("*/README.md")),
    *sorted((ROOT / "components").glob("*/README.md")),
    *sorted((ROOT / "scripts").glob("*/README.md")),
]


def prose(page: Path) -> str:
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """What GitHub makes of the headings; no page has two of the same words."""
    headings = [re.sub(r"\]\([^)]*\)", "", heading) for heading in re.findall(r"^#+ +(.*)$", prose(page), re.MULTILINE)]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_inside_of_the_project_leads_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_readme_leads_to_every_page_of_docs() -> None:
    named = set(re.findall(r"\]\((docs/[a-z-]+\.md)\)", prose(ROOT / "README.md")))
    assert named == {str(page.relative_to(ROOT)) for page in (ROOT / "docs").glob("*.md")}


def test_the_map_of_the_code_has_every_room_of_the_package() -> None:
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    package = Path(triton_serving.__file__).parent
    rooms = {folder.name for folder in package.iterdir() if (folder / "__init__.py").exists()}
    components = {file.name for file in package.glob("*.py") if not file.name.startswith("__")}
    drawn = page.partition("  triton_serving/ ")[2].partition("\n  scoring_server/")[0]
    assert set(re.findall(r"^ {4}(\w+)/ ", drawn, re.MULTILINE)) == rooms
    assert set(re.findall(r"(\w+\.py)\b", re.sub(r"\(.*?\)", "", drawn, flags=re.DOTALL))) >= components
