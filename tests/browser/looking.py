"""What every page must be: usable by everyone, and within its security policy."""

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.browser.chromium import witness_of

AXE = Path(__file__).parent / "vendor" / "axe-core-4.14.1" / "axe.min.js"
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@cache
def _axe() -> str:
    return AXE.read_text(encoding="utf-8")


_AT_REST = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  const ends = (one) => one.effect?.getComputedTiming().endTime !== Infinity;
  await document.fonts.ready;
  await frame();
  await frame();
  document.getAnimations().filter(ends).forEach((one) => one.finish());
  await frame();
}"""


# What lies half under a bar that stays where it is can be scrolled out from under it: such a
# target is judged once more in the middle of the page.
_JUDGE = """
  const judge = async (runOnly) =>
    (await axe.run(document, { runOnly, resultTypes: ["violations"] })).violations;
  const small = "target-size";
  const found = await judge({ type: "tag", values: standards });
  for (const rule of found.filter((one) => one.id === small)) {
    const still = [];
    for (const node of rule.nodes) {
      const [where] = node.target;
      document.querySelector(where).scrollIntoView({ block: "center", behavior: "instant" });
      const again = (await judge({ type: "rule", values: [small] })).flatMap((one) => one.nodes);
      if (again.some((one) => one.target[0] === where)) still.push(node);
    }
    rule.nodes = still;
  }
  return found.filter((rule) => rule.nodes.length);
"""


def at_rest(page: Page) -> None:
    """Wait until a page has all its style sheets, scripts and type, and nothing moves on it.

    A click returns as soon as the next page begins to come. What is judged then is half
    drawn: links lie where no sheet has put them yet, colours are on their way.
    """
    page.wait_for_load_state("load")
    page.evaluate(_AT_REST)


def violations(page: Page) -> list[dict[str, Any]]:
    """What axe-core finds, on a page at rest, against WCAG 2.2 AA and its own good practice."""
    at_rest(page)
    # Evaluated by the browser's own tool, so the page's policy need not allow it; in one
    # piece, so that it is one page that is judged.
    found = page.evaluate(f"async (standards) => {{ {_axe()}; {_JUDGE} }}", STANDARDS)
    return list(found)


def assert_accessible(page: Page) -> None:
    """Fail with every rule broken, and where."""
    broken = [
        f"{rule['id']} ({rule['impact']}): {rule['help']}\n"
        + "\n".join(f"    {node['html'][:160]}" for node in rule["nodes"][:5])
        for rule in violations(page)
    ]
    assert not broken, f"{page.url}\n" + "\n".join(broken)


def assert_no_csp_errors(page: Page) -> None:
    """Fail if the browser has refused anything under the page's policy."""
    refused = witness_of(page).csp
    assert not refused, f"{page.url}\n" + "\n".join(refused)


def assert_fits(page: Page) -> None:
    """Fail if the page, at rest, scrolls sideways."""
    at_rest(page)
    wide, shown = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= shown, f"{page.url} is {wide} px wide on a screen of {shown}"
