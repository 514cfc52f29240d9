// The back office: bulk selection, the filter popover, rows of related models, lookups. In place of jQuery and its kin.
(() => {
  const $ = (s, r = document) => r.querySelector(s);
  const $$ = (s, r = document) => [...r.querySelectorAll(s)];

  // ---- bulk selection
  const bar = $("[data-bulk]");
  const all = $("[data-check-all]");
  const boxes = () => $$("input[name=rowid]");
  const count = () => {
    if (!bar) return;
    const chosen = boxes().filter((b) => b.checked).length;
    const text = $("[data-bulk-count]", bar);
    bar.hidden = !chosen;
    text.textContent = text.dataset.text.replace("{}", chosen);
    all.checked = chosen > 0 && chosen === boxes().length;
    all.indeterminate = chosen > 0 && !all.checked;
  };
  const choose = (checked) => {
    boxes().forEach((b) => (b.checked = checked));
    count();
  };
  document.addEventListener("change", (e) => {
    if (e.target === all) choose(all.checked);
    else if (e.target.name === "rowid") count();
  });
  $("[data-bulk-clear]")?.addEventListener("click", () => choose(false));
  count(); // a browser may have kept the marks

  // ---- the filter popover: the chosen operation names the value's field and decides its kind
  $$("[data-filter-form]").forEach((form) => {
    const operation = $("#flt-op", form);
    const fit = () => {
      const chosen = operation.selectedOptions[0];
      const choices = JSON.parse(chosen.dataset.options);
      const old = $("#flt-val", form);
      const field = document.createElement(choices.length ? "select" : "input");
      field.id = "flt-val";
      field.className = choices.length ? "select select--sm" : "input input--sm";
      field.name = `flt${form.dataset.next}_${operation.value}`;
      choices.forEach(([value, label]) => field.add(new Option(label, value)));
      if (!choices.length) field.type = { datepicker: "date", timepicker: "time" }[chosen.dataset.type] || "text";
      old.replaceWith(field);
    };
    operation.addEventListener("change", fit);
    fit();
  });

  // ---- lookups of related rows: a combobox over the hidden field, asking Flask-Admin's own address
  const option = (listId) => ([value, label], i) => {
    const item = document.createElement("li");
    item.className = "opt";
    item.id = `${listId}-${i}`;
    item.setAttribute("role", "option");
    item.dataset.id = value;
    item.textContent = label;
    return item;
  };
  function lookup(hidden) {
    const start = JSON.parse(hidden.dataset.json || "null");
    const box = document.createElement("div");
    const input = document.createElement("input");
    const list = document.createElement("ul");
    const id = hidden.id;
    box.className = "inputwrap lookup";
    Object.assign(input, { className: "input", id, autocomplete: "off", value: start ? start[1] : "" });
    input.placeholder = hidden.dataset.placeholder || "";
    Object.assign(list, { className: "listbox lookup__list", id: `${id}-list`, hidden: true });
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", document.querySelector(`label[for="${CSS.escape(id)}"]`)?.firstChild.textContent.trim() || "");
    const marks = { role: "combobox", "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list" };
    for (const name of ["aria-invalid", "aria-describedby"]) if (hidden.hasAttribute(name)) marks[name] = hidden.getAttribute(name);
    for (const [name, value] of Object.entries(marks)) input.setAttribute(name, value);
    hidden.removeAttribute("id");
    hidden.after(box);
    box.append(input, list);

    let at = -1;
    let wait;
    let asked;
    const options = () => $$("[role=option]", list);
    const open = (shown) => {
      list.hidden = !shown;
      input.setAttribute("aria-expanded", String(shown));
      if (!shown) input.removeAttribute("aria-activedescendant");
    };
    const mark = (index) => {
      at = index;
      options().forEach((o, i) => o.setAttribute("aria-selected", String(i === index)));
      if (options()[index]) input.setAttribute("aria-activedescendant", options()[index].id);
    };
    const pick = (chosen) => {
      hidden.value = chosen.dataset.id;
      input.value = chosen.textContent;
      open(false);
      input.dispatchEvent(new Event("change", { bubbles: true }));
    };
    const load = async () => {
      asked?.abort();
      asked = new AbortController();
      const joint = hidden.dataset.url.includes("?") ? "&" : "?";
      const query = `query=${encodeURIComponent(input.value)}&offset=0&limit=10`;
      try {
        const answer = await fetch(`${hidden.dataset.url}${joint}${query}`, { signal: asked.signal });
        if (!answer.ok) return open(false);
        list.replaceChildren(...(await answer.json()).map(option(list.id)));
        open(options().length > 0);
        mark(0);
      } catch (e) {
        if (e.name !== "AbortError") open(false);
      }
    };
    input.addEventListener("input", () => {
      hidden.value = "";
      clearTimeout(wait);
      wait = setTimeout(load, 150);
    });
    input.addEventListener("keydown", (e) => {
      if (list.hidden) {
        if (e.key === "ArrowDown") load();
        return;
      }
      const n = options().length;
      if (e.key === "ArrowDown") mark((at + 1) % n);
      else if (e.key === "ArrowUp") mark((at - 1 + n) % n);
      else if (e.key === "Enter") pick(options()[at]);
      else if (e.key === "Escape") open(false);
      else return;
      e.preventDefault();
    });
    list.addEventListener("pointerdown", (e) => {
      e.preventDefault();
      const chosen = e.target.closest("[role=option]");
      if (chosen) pick(chosen);
    });
    input.addEventListener("blur", () => open(false));
  }
  $$("input[data-role=lookup]").forEach((field) => field.closest("template") || lookup(field));
})();
