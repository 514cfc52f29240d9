// The booking page answers each choice at once: the same form is sent in the background, and what changed is put in.
(() => {
  const form = document.querySelector("form[data-booking]");
  if (!form) return;
  const parts = ["bk-form", "openings", "bk-foot"];
  const quiet = ["opening", "note", "time", "outside_hours", "use_referral"]; // change nothing else on the page
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
      const note = form.elements.note?.value; // typed while the answer was on its way
      for (const id of parts) {
        const fresh = page.getElementById(id);
        if (fresh) document.getElementById(id).replaceWith(document.adoptNode(fresh));
      }
      if (note && form.elements.note) form.elements.note.value = note;
      if (focus) document.getElementById(focus)?.focus({ preventScroll: true });
    } catch (e) {
      if (e.name !== "AbortError") form.querySelector("[name=refresh]").click();
    }
  };
  form.addEventListener("change", (e) => {
    if (e.target.name && !quiet.includes(e.target.name)) load(false);
  });
  form.addEventListener("click", (e) => {
    if (!(e.target instanceof Element && e.target.closest("[data-all]"))) return;
    e.preventDefault();
    load(true);
  });
})();
