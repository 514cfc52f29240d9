// The booking form answers each choice at once: it is sent in the background, and what changed is put in.
(() => {
  const PARTS = ["bk-form", "openings", "bk-foot"];
  const QUIET = ["opening", "note", "who", "time", "outside_hours", "use_referral", "fold", "override_why", "self_pay"]; // change nothing else
  const IN_PLACE = "[name=refresh], [name=all], [name=rather], [data-in-place]";

  const wire = (form) => {
    const part = (id) => form.querySelector(`#${id}`);
    const read = (page, id) => page.querySelector(`form[data-booking] #${id}`);
    let [asked, clock, isPlain] = [undefined, undefined, false];
    // without us: the same form is sent as a page of its own
    const leave = () => {
      isPlain = true;
      if (form.dataset.embedded) form.action = form.dataset.embedded;
      form.querySelector("[name=refresh]").click();
    };

    // ---- what is kept of what was typed while an answer was on its way
    const restore = (sent) => (typed) => {
      const isOther = (name) => String(typed.getAll(name)) !== String(sent.getAll(name));
      for (const e of form.elements) {
        if (!QUIET.includes(e.name) || !isOther(e.name)) continue;
        if (["submit", "button"].includes(e.type)) continue;
        if (e.type === "radio") e.checked ||= e.value === typed.get(e.name);
        else if (e.type === "checkbox") e.checked = typed.has(e.name);
        else e.value = typed.get(e.name);
      }
    };
    const put = (text, keep) => {
      const page = new DOMParser().parseFromString(text, "text/html");
      if (!read(page, "bk-form")) return leave();
      const held = document.activeElement;
      const [focus, wasInside] = [held?.id, form.contains(held)];
      const wasSearching = wasInside && held.getAttribute("role") === "combobox";
      const typed = new FormData(form);
      const isOpen = form.querySelector("details")?.open;
      for (const id of PARTS) {
        const [fresh, old] = [read(page, id), part(id)];
        const search = old.querySelector("[data-combo]"); // listens already: it stays while nobody is picked
        if (search) fresh.querySelector("[data-combo]")?.replaceWith(search);
        old.replaceWith(document.adoptNode(fresh));
      }
      window.wireSearch?.(form);
      if (isOpen) form.querySelector("details")?.setAttribute("open", "");
      keep?.(typed);
      tell();
      say();
      count();
      const again = focus && document.getElementById(focus);
      if (again) again.focus({ preventScroll: true });
      if (wasInside && !form.contains(document.activeElement)) next(wasSearching);
    };
    // ---- what the gate says is read out once, when it is another than before
    const gate = () => [...form.querySelectorAll(".gate__head, .gate__list > li")].map((e) => e.textContent.trim().replace(/\.$/, "")).join(". ");
    let told = gate();
    const tell = () => {
      if (told === gate()) return;
      told = gate();
      const line = form.querySelector("[data-gate-said]");
      line.textContent = told || line.dataset.clear;
    };
    // the field in use is gone: on to what comes next
    const next = (wasSearching) => {
      const error = form.querySelector("[data-focus]");
      const opening = form.querySelector("[name=opening]:checked");
      const goal = error ?? (wasSearching ? (opening ?? form.elements.service) : (opening ?? part("bk-foot").querySelector("button")));
      goal?.focus({ preventScroll: wasSearching });
    };

    const post = async (url, sent, keep) => {
      asked?.abort();
      asked = new AbortController();
      try {
        const answer = await fetch(url, { method: "POST", body: sent, signal: asked.signal });
        if (answer.status === 401 || answer.redirected) return location.reload();
        if (answer.status === 201) return done(await answer.json());
        if (answer.status >= 500 || !answer.headers.get("Content-Type")?.includes("html")) return leave();
        put(await answer.text(), keep);
      } catch (e) {
        if (e.name !== "AbortError") leave();
      }
    };
    const load = (more = {}) => {
      const sent = new FormData(form);
      sent.set("refresh", "1");
      Object.entries(more).forEach(([name, value]) => sent.set(name, value));
      return post(form.action, sent, restore(sent));
    };
    const done = (said) => form.dispatchEvent(new CustomEvent("booked", { bubbles: true, detail: said }));

    // ---- the time that is picked stands beside the button that books it
    const say = () => {
      const picked = form.querySelector("[name=opening]:checked");
      const line = form.querySelector("[data-picked]");
      if (picked && line) line.textContent = picked.dataset.said;
    };
    // ---- a time kept for a caller runs out
    const count = () => {
      clearInterval(clock);
      const line = form.querySelector("[data-left]");
      if (!line) return;
      const until = performance.now() + Number(line.dataset.left) * 1000;
      const tick = () => {
        const left = Math.max(0, Math.ceil((until - performance.now()) / 1000));
        const shown = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
        line.textContent = left ? line.dataset.text.replace("0:00", shown) : line.dataset.over;
        if (!left || !line.isConnected) clearInterval(clock);
      };
      clock = setInterval(tick, 1000);
      tick();
    };

    form.addEventListener("change", (e) => {
      if (e.target.name === "opening") say();
      if (e.target.name && !QUIET.includes(e.target.name)) load();
    });
    form.addEventListener("keydown", (e) => {
      if (e.key !== "Enter" || e.target.name !== "opening") return;
      e.preventDefault(); // the time is chosen: on with it
      form.querySelector("[name=book]").click();
    });
    form.addEventListener("submit", (e) => {
      const button = e.submitter;
      if (isPlain) return;
      if (!button || button.matches(IN_PLACE)) {
        e.preventDefault(); // a client was picked, or a line typed: nothing is booked by that
        if (button?.dataset.inPlace) {
          const sent = new FormData(form, button);
          return post(button.dataset.inPlace, sent, restore(sent));
        }
        return load(["all", "rather"].includes(button?.name) ? { [button.name]: button.value } : {});
      }
      if (!form.dataset.embedded || !["book", "instead"].includes(button.name)) {
        if (form.dataset.embedded) form.action = form.dataset.embedded; // leaves for another page
        return;
      }
      e.preventDefault();
      post(form.action, new FormData(form, button));
    });
    form.addEventListener("click", (e) => {
      const near = e.target instanceof Element && e.target.closest("[data-to-gate]");
      if (near) {
        e.preventDefault(); // a dialog's address is that of the page below
        form.querySelector(".gate")?.focus();
      }
      const link = e.target instanceof Element && e.target.closest("[data-change]");
      if (!link || !form.dataset.embedded) return;
      e.preventDefault();
      window.openBooking(link.href);
    });

    // where the work goes on: whom it is for, then when
    const begin = () => {
      const goal = form.querySelector("[role=combobox]") ?? form.querySelector("[name=opening]:checked") ?? form.elements.service;
      goal?.focus({ preventScroll: true });
    };

    // chosen before this script ran, or put back by the browser: not yet answered
    const first = (select) => Math.max(0, [...select.options].findIndex((o) => o.defaultSelected));
    const asDrawn = (e) => (e.options ? e.selectedIndex === first(e) : (e.checked ?? false) === (e.defaultChecked ?? false));
    if (![...form.elements].every((e) => QUIET.includes(e.name) || asDrawn(e))) load();
    say();
    count();
    if (document.activeElement === document.body || form.dataset.embedded) begin();
  };

  window.wireBooking = wire;
  document.querySelectorAll("form[data-booking]").forEach(wire);
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
