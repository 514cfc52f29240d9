// Search as you type: a combobox over a list box whose options the server sends as HTML (data-combo is its address).
(() => {
  const wire = (box) => {
    const input = box.querySelector("[role=combobox]");
    const list = box.querySelector("[role=listbox]");
    const hidden = box.querySelector("[data-combo-value]");
    const said = box.querySelector("[data-combo-said]");
    let at = -1;
    let wait;
    let asked; // the request under way: an older answer never overwrites a newer one

    const options = () => [...list.querySelectorAll("[role=option]")];
    const open = (shown) => {
      list.hidden = !shown;
      input.setAttribute("aria-expanded", String(shown));
      if (!shown) input.removeAttribute("aria-activedescendant");
    };
    const mark = (index) => {
      at = index;
      options().forEach((option, i) => {
        option.setAttribute("aria-selected", String(i === index));
        if (i !== index) return;
        input.setAttribute("aria-activedescendant", option.id);
        option.scrollIntoView({ block: "nearest" });
      });
    };
    const pick = (option) => {
      if (option.dataset.href) return location.assign(option.dataset.href);
      input.value = option.dataset.label;
      if (hidden) hidden.value = option.dataset.value;
      open(false);
      box.dispatchEvent(new CustomEvent("pick", { bubbles: true, detail: { value: option.dataset.value } }));
      if ("pickSubmit" in box.dataset) input.form.requestSubmit();
    };
    const load = async () => {
      asked?.abort();
      asked = new AbortController();
      const text = input.value.trim();
      if (!text) return open(false);
      const joint = box.dataset.combo.includes("?") ? "&" : "?";
      try {
        const answer = await fetch(`${box.dataset.combo}${joint}q=${encodeURIComponent(text)}`, {
          signal: asked.signal,
          headers: { "X-Requested-With": "fetch" },
        });
        if (answer.status === 401 || answer.redirected) return location.reload();
        if (!answer.ok) return open(false);
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        list.replaceChildren(...page.body.children);
        options().forEach((option, i) => (option.id = `${list.id}-${i}`));
        said.textContent = options().length ? said.dataset.some : said.dataset.none;
        open(list.childElementCount > 0);
        mark(options().length ? 0 : -1);
      } catch (e) {
        if (e.name !== "AbortError") open(false);
      }
    };
    input.addEventListener("input", () => {
      if (hidden) hidden.value = "";
      clearTimeout(wait);
      wait = setTimeout(load, 150);
    });
    input.addEventListener("keydown", (e) => {
      const count = options().length;
      if (list.hidden) {
        if (e.key === "ArrowDown") load();
        return;
      }
      if (e.key === "ArrowDown" && count) mark((at + 1) % count);
      else if (e.key === "ArrowUp" && count) mark((at - 1 + count) % count);
      else if (e.key === "Enter" && options()[at]) pick(options()[at]);
      else if (e.key === "Escape") open(false);
      else return;
      e.preventDefault();
      e.stopPropagation();
    });
    list.addEventListener("pointerdown", (e) => {
      e.preventDefault(); // keep the focus in the field
      const option = e.target.closest("[role=option]");
      if (option && e.button === 0) pick(option);
    });
    input.addEventListener("blur", () => open(false));
    // typed before this script ran: not yet asked
    if (document.activeElement === input && input.value && !hidden?.value) load();
  };
  // also for what is put into a page later; what listens already is left alone
  window.wireSearch = (root) =>
    root.querySelectorAll("[data-combo]:not([data-combo=''], [data-wired])").forEach((box) => {
      box.dataset.wired = "";
      wire(box);
    });
  window.wireSearch(document);
})();
