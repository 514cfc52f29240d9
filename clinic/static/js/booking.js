// The booking page answers each choice at once: the same form is sent in the background, and what changed is put in.
(() => {
  const form = document.querySelector("form[data-booking]");
  if (!form) return;
  const parts = ["bk-form", "openings", "bk-foot"];
  const quiet = ["opening", "note", "who", "time", "outside_hours", "use_referral"]; // change nothing else on the page
  let asked;
  const load = async (all) => {
    asked?.abort();
    asked = new AbortController();
    const sent = new FormData(form);
    sent.set("refresh", "1");
    if (all) sent.set("all", "1");
    try {
      const answer = await fetch(form.action, { method: "POST", body: sent, signal: asked.signal });
      if (answer.status === 401 || answer.redirected) return location.reload();
      if (!answer.ok) return form.querySelector("[name=refresh]").click();
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const focus = document.activeElement?.id;
      const typed = new FormData(form); // also what was chosen while the answer was on its way
      const isOpen = form.querySelector("details")?.open;
      const there = quiet.filter((name) => form.elements[name]);
      for (const id of parts) {
        const [fresh, old] = [page.getElementById(id), document.getElementById(id)];
        if (!fresh) continue;
        const search = old.querySelector("[data-combo]"); // listens already: it stays while nobody is picked
        fresh.querySelector("[data-combo]")?.replaceWith(search ?? "");
        old.replaceWith(document.adoptNode(fresh));
      }
      if (isOpen) form.querySelector("details")?.setAttribute("open", "");
      for (const e of form.elements) {
        if (!there.includes(e.name)) continue;
        if (e.type === "checkbox" || e.type === "radio") e.checked = typed.getAll(e.name).includes(e.value);
        else if (e.type !== "submit") e.value = typed.get(e.name);
      }
      if (focus) document.getElementById(focus)?.focus({ preventScroll: true });
    } catch (e) {
      if (e.name !== "AbortError") form.querySelector("[name=refresh]").click();
    }
  };
  form.addEventListener("change", (e) => {
    if (e.target.name && !quiet.includes(e.target.name)) load(false);
  });
  // chosen before this script ran, or put back by the browser: not yet answered
  const first = (select) => Math.max(0, [...select.options].findIndex((o) => o.defaultSelected));
  const asDrawn = (e) => (e.options ? e.selectedIndex === first(e) : (e.checked ?? false) === (e.defaultChecked ?? false));
  if (![...form.elements].every((e) => quiet.includes(e.name) || asDrawn(e))) load(false);
  form.addEventListener("submit", (e) => {
    if (e.submitter) return;
    e.preventDefault(); // a client was picked from the list: nothing is booked by that
    load(false);
  });
  form.addEventListener("click", (e) => {
    if (!(e.target instanceof Element && e.target.closest("[data-all]"))) return;
    e.preventDefault();
    load(true);
  });
})();

// What another service would come to is said at once on a visit's page.
(() => {
  const form = document.getElementById("change-service");
  if (!form) return;
  form.querySelector("[name=refresh]").hidden = true;
  form.addEventListener("change", async (e) => {
    if (!["variant", "add_ons"].includes(e.target.name)) return;
    const sent = new FormData(form);
    sent.set("refresh", "1");
    const answer = await fetch(form.action, { method: "POST", body: sent });
    if (!answer.ok || answer.redirected) return location.reload();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const sum = page.getElementById("service-sum");
    if (sum) document.getElementById("service-sum").replaceChildren(...sum.childNodes);
  });
})();
