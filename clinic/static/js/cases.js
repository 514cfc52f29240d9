// The board of referrals without a pointer: J and K walk the referrals, figures go to a column, Enter opens.
// What narrows it is fetched when it is about to be opened; until then, and without an answer, a link leads there.
(() => {
  const board = document.querySelector("[data-cases]");
  if (!board) return;
  const cases = () => [...board.querySelectorAll("a[data-case]")];
  const go = (link) => {
    link?.focus();
    link?.closest("tr").scrollIntoView({ block: "nearest" });
  };
  const step = (by) => {
    const all = cases();
    const at = all.indexOf(document.activeElement);
    go(at < 0 ? all.at(by > 0 ? 0 : -1) : all[at + by]);
  };
  const column = (number) => {
    const head = board.querySelector(`a[data-column="${number}"]`);
    const body = head?.closest("tbody");
    go(body?.querySelector("a[data-case]") ?? head);
  };
  const onCase = (key) => {
    if (key === "ArrowDown") step(1);
    else if (key === "ArrowUp") step(-1);
    else if (key === "Home") go(cases()[0]);
    else if (key === "End") go(cases().at(-1));
    else return false;
    return true;
  };
  const letter = (key) => {
    if (key === "j") step(1);
    else if (key === "k") step(-1);
    else if (/^[1-9]$/.test(key)) column(key);
    else return false;
    return true;
  };
  const pop = document.querySelector("details[data-fill]");
  let asked = null;
  const fill = async () => {
    const address = new URL(pop.dataset.fill, location.href);
    address.searchParams.set("form", "1");
    const answer = await fetch(address);
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
    const hadFocus = pop.querySelector(".menu").contains(document.activeElement);
    pop.querySelector(".menu").outerHTML = await answer.text();
    if (hadFocus) pop.querySelector("select").focus();
  };
  const soon = () => (asked ??= fill().catch(() => (asked = null)));
  for (const sign of ["pointerenter", "focusin", "toggle"]) pop?.addEventListener(sign, soon);
  document.addEventListener("keydown", (e) => {
    if (e.defaultPrevented || e.isComposing || e.ctrlKey || e.metaKey || e.altKey || document.querySelector("dialog[open]")) return;
    if (e.target.closest?.("input, textarea, select")) return;
    const isDone = (document.body.dataset.shortcuts !== "off" && letter(e.key)) || (e.target.matches?.("a[data-case]") && onCase(e.key));
    if (isDone) e.preventDefault();
  });
})();
