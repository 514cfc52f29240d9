// A list that is walked by letter: j and k go from row to row, Enter opens, t and d press the row's own buttons.
// The letters can be switched off in the account (WCAG 2.1.4), like all others.
(() => {
  if (document.body.dataset.shortcuts === "off") return;
  const list = document.querySelector("[data-rows]");
  if (!list) return;
  const rows = () => [...list.querySelectorAll("[data-row]")];
  const here = () => rows().findIndex((row) => row.contains(document.activeElement));
  const go = (step) => {
    const all = rows();
    const at = here();
    const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1);
    all[next]?.querySelector("[data-row-link]").focus();
    all[next]?.scrollIntoView({ block: "nearest" });
  };
  const press = (name) => rows()[here()]?.querySelector(`[data-row-${name}]`)?.click();
  const done = () => {
    press("done");
    rows()[here()]?.querySelector("details[open] input:not([type=hidden])")?.focus();
  };
  const acts = { j: () => go(1), k: () => go(-1), t: () => press("take"), d: done };
  document.addEventListener("keydown", (e) => {
    if (e.defaultPrevented || e.isComposing || e.metaKey || e.ctrlKey || e.altKey) return;
    if (e.target.closest("input, textarea, select, [contenteditable]") || document.querySelector("dialog[open]")) return;
    const act = acts[e.key];
    if (!act) return;
    e.preventDefault();
    act();
  });
})();
