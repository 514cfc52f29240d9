// The frame's behaviour: keys, native dialogs, menus, toasts, forms. Wired by data- attributes; no page needs it to work.
(() => {
  const $ = (s, r = document) => r.querySelector(s);
  const $$ = (s, r = document) => [...r.querySelectorAll(s)];
  const on = (type, selector, act) =>
    document.addEventListener(type, (e) => {
      const hit = e.target instanceof Element && e.target.closest(selector);
      if (hit) act(e, hit);
    });

  // ---- keys: a control names its own with aria-keyshortcuts. Single letters can be switched off (WCAG 2.1.4).
  const letters = document.body.dataset.shortcuts !== "off";
  const typing = (e) => e.target.closest("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]");
  const seen = (n) => (n.checkVisibility() || n.closest("details[data-pop]")) && !n.closest("[inert]");
  const press = (e, name) => {
    const hit = $$(`[aria-keyshortcuts="${CSS.escape(name)}"]`).find(seen);
    if (!hit) return;
    e.preventDefault();
    hit.click();
  };
  document.addEventListener("keydown", (e) => {
    if (e.defaultPrevented || e.isComposing) return;
    if (e.key === "Escape") $$("details[data-pop][open]").forEach(shut);
    else if ((e.ctrlKey || e.metaKey) && e.key === "s") press(e, "Control+s");
    else if (letters && !typing(e) && !$("dialog[open]") && !e.metaKey && !e.ctrlKey && !e.altKey) press(e, e.key);
  });

  // ---- dialogs: a link that opens one is still a link without script, and with a modifier key
  on("click", "[data-open]", (e, opener) => {
    const dialog = document.getElementById(opener.dataset.open);
    if (!dialog || e.ctrlKey || e.metaKey || e.shiftKey) return;
    e.preventDefault();
    dialog.showModal();
    $("[role=combobox]", dialog)?.select();
  });
  on("click", "[data-close]", (e, button) => button.closest("dialog")?.close());
  document.addEventListener("click", (e) => {
    if (e.target instanceof HTMLDialogElement && e.target.matches(".cmdk")) e.target.close(); // outside the box
  });
  $$("dialog[data-autoopen]").forEach((d) => d.showModal());

  // ---- ask first: <button data-confirm="Cancel this visit?" data-confirm-label="Cancel visit">
  const ask = $("#confirm");
  on("click", "[data-confirm]", (e, button) => {
    if (!ask || button.dataset.asked) return;
    e.preventDefault();
    $("h2", ask).textContent = button.dataset.confirm;
    $("[value=yes]", ask).textContent = button.dataset.confirmLabel;
    ask.returnValue = "";
    ask.showModal();
    const answer = () => {
      if (ask.returnValue !== "yes") return;
      button.dataset.asked = "1";
      button.form.requestSubmit(button);
    };
    ask.addEventListener("close", answer, { once: true });
  });

  // ---- menus: one open at a time
  const shut = (pop) => {
    const inside = pop.contains(document.activeElement);
    pop.open = false;
    if (inside) $("summary", pop).focus();
  };
  document.addEventListener("click", (e) => {
    $$("details[data-pop][open]").forEach((pop) => pop.contains(e.target) || (pop.open = false));
  });

  // ---- toasts say what was just done: eight seconds, longer while looked at
  const fade = (toast) => {
    let left = 8;
    const timer = setInterval(() => {
      if (!toast.matches(":hover, :focus-within") && --left <= 0) {
        clearInterval(timer);
        toast.remove();
      }
    }, 1000);
  };
  $$("[data-toast]").forEach(fade);

  // ---- forms
  $$("form[data-form]").forEach((form) => {
    const dirty = $("[data-dirty]", form);
    let changed = false;
    form.addEventListener("input", () => {
      changed = Boolean(dirty);
      if (dirty) dirty.hidden = false;
    });
    form.addEventListener("submit", () => (changed = false));
    addEventListener("beforeunload", (e) => changed && e.preventDefault());
  });
  // ---- an event is reported about what the page shows; where something is being typed, in a tab of its own
  let isTyped = false;
  document.addEventListener("input", (e) => (isTyped ||= e.target.form?.method === "post"));
  on("click", "a[data-event], a[href$='/events/new']", (e, link) => {
    link.href = ($("#main a[data-event]") ?? link).href;
    if (isTyped) link.target = "_blank";
  });
  on("change", "[data-submit-on-change]", (e, control) => control.form.requestSubmit());
  $$("[data-reveal]").forEach((button) => (button.hidden = false));
  on("click", "[data-reveal]", (e, button) => {
    const input = document.getElementById(button.dataset.reveal);
    const shown = input.type === "text";
    input.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
  });
  $("[data-focus]")?.focus();

  // ---- how many wait somewhere: asked once the page is drawn; without an answer there is no number
  const counts = $$("[data-count^='/']");
  const tell = async (address) => {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    if (!answer.ok || answer.redirected) return;
    const { count } = await answer.json();
    for (const one of counts.filter((each) => each.dataset.count === address)) {
      one.hidden = !count;
      one.textContent = count;
    }
  };
  addEventListener("load", () => new Set(counts.map((one) => one.dataset.count)).forEach((one) => tell(one).catch(() => null)));
})();
