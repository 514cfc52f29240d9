// The page of a new plan answers each choice at once: the same form is sent in the background, and what changed is put in.
(() => {
  const form = document.querySelector("form[data-series]");
  if (!form) return;
  const parts = ["sr-form", "sr-dates", "sr-foot"];
  const shaping = ["preset", "add", "remove", "begin", "nearest", "show"]; // buttons that book nothing
  const waiting = [];
  let isBusy = false;
  const key = (e) => e.id || `${e.name}=${e.value}`;
  const held = (e) => (["checkbox", "radio"].includes(e.type) ? e.checked : e.value);
  const controls = () => [...form.elements].filter((e) => e.name && e.type !== "submit" && e.type !== "hidden");
  const state = () => new Map(controls().map((e) => [key(e), held(e)]));
  const load = async (name, value) => {
    const sent = new FormData(form);
    sent.set(name, value);
    const before = state();
    const answer = await fetch(form.action, { method: "POST", body: sent });
    if (answer.status === 401 || answer.redirected || !answer.ok) return location.reload();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const focused = document.activeElement && form.contains(document.activeElement) ? key(document.activeElement) : "";
    // what was typed or chosen while the answer was on its way stays, and is asked about next
    const meanwhile = new Map([...state()].filter(([name, value]) => before.get(name) !== value));
    for (const id of parts) {
      const [fresh, old] = [page.getElementById(id), document.getElementById(id)];
      const search = old.querySelector("[data-combo]"); // listens already: it stays while nobody is picked
      fresh.querySelector("[data-combo]")?.replaceWith(search ?? "");
      old.replaceWith(document.adoptNode(fresh));
    }
    form.elements.shown.value = page.querySelector("[name=shown]").value;
    for (const e of controls()) {
      if (!meanwhile.has(key(e))) continue;
      if (["checkbox", "radio"].includes(e.type)) e.checked = meanwhile.get(key(e));
      else e.value = meanwhile.get(key(e));
    }
    if (focused) controls().find((e) => key(e) === focused)?.focus({ preventScroll: true });
  };
  const ask = async (name = "show", value = "1") => {
    if (name !== "show" || !waiting.some(([other]) => other === "show")) waiting.push([name, value]);
    if (isBusy) return;
    isBusy = true;
    try {
      while (waiting.length) await load(...waiting.shift());
    } catch {
      location.reload(); // the network is gone, or the answer was none
    }
    isBusy = false;
  };
  form.addEventListener("change", (e) => {
    if (e.target.name && e.target.name !== "who") ask();
  });
  form.addEventListener("submit", (e) => {
    const name = e.submitter?.name;
    if (e.submitter && !shaping.includes(name)) return;
    e.preventDefault();
    ask(name, e.submitter?.value);
  });
  // chosen before this script ran, or put back by the browser: not yet answered
  const first = (select) => Math.max(0, [...select.options].findIndex((o) => o.defaultSelected));
  const isAsDrawn = (e) => {
    if (e.options) return e.selectedIndex === first(e);
    return ["checkbox", "radio"].includes(e.type) ? e.checked === e.defaultChecked : e.value === e.defaultValue;
  };
  if (!controls().every((e) => e.name === "who" || isAsDrawn(e))) ask();
})();
