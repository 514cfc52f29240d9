// The page of a new plan answers each choice at once: the same form is sent in the background, and what changed is put in.
(() => {
  const form = document.querySelector("form[data-series]");
  if (!form) return;
  const parts = ["sr-form", "sr-dates", "sr-foot"];
  const shaping = ["preset", "add", "remove", "begin", "nearest", "show"]; // buttons that book nothing
  let asked;
  const load = async (name = "show", value = "1") => {
    asked?.abort();
    asked = new AbortController();
    const sent = new FormData(form);
    sent.set(name, value);
    try {
      const answer = await fetch(form.action, { method: "POST", body: sent, signal: asked.signal });
      if (answer.status === 401 || answer.redirected || !answer.ok) return location.reload();
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const [focus, typed] = [document.activeElement, document.activeElement?.value];
      const at = focus?.type === "radio" ? `[name="${focus.name}"][value="${focus.value}"]` : focus?.id ? `#${focus.id}` : "";
      for (const id of parts) {
        const [fresh, old] = [page.getElementById(id), document.getElementById(id)];
        const search = old.querySelector("[data-combo]"); // listens already: it stays while nobody is picked
        fresh.querySelector("[data-combo]")?.replaceWith(search ?? "");
        old.replaceWith(document.adoptNode(fresh));
      }
      form.elements.shown.value = page.querySelector("[name=shown]").value;
      const again = at && form.querySelector(at);
      if (!again) return;
      if (["text", "number", "date", "time"].includes(again.type) && !again.closest("[data-combo]")) again.value = typed;
      again.focus({ preventScroll: true });
    } catch (e) {
      if (e.name !== "AbortError") form.querySelector("[name=show]").click();
    }
  };
  form.addEventListener("change", (e) => {
    if (e.target.name && e.target.name !== "who") load();
  });
  form.addEventListener("submit", (e) => {
    const name = e.submitter?.name;
    if (name === "book") return;
    if (e.submitter && !shaping.includes(name)) return;
    e.preventDefault();
    load(name, e.submitter?.value);
  });
})();
