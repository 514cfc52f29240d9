// The body chart. The list of findings is the record; the two figures illustrate it and are a quick way to add to it.
// Each [data-bodychart] element gets `bodyChart.get()` and `bodyChart.set(findings)`, and sends "findings:changed".
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const NUMBERS = ["severity", "minutes", "pressure"];
  const MOST = 60;
  const APART = 15; // units between two pins
  const LOWEST = 426;
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
  const drawn = (name, attributes) => {
    const node = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    return node;
  };
  const SHAPES = {
    pain: () => drawn("circle", { r: 8.5 }),
    tension: () => drawn("path", { d: "M0,-10L10,0L0,10L-10,0Z" }),
    treated: () => drawn("rect", { x: -8, y: -8, width: 16, height: 16, rx: 3 }),
    avoid: () => drawn("circle", { r: 8.5 }),
  };

  const FILLINGS = { treated: "hatch", avoid: "cross" };
  const WIDE = 600; // px from which a figure stands beside the other and the list; narrower, one is shown, and larger

  function chart(root) {
    const $ = (s, r = root) => r.querySelector(s);
    const $$ = (s, r = root) => [...r.querySelectorAll(s)];
    const name = root.dataset.bodychart;
    const field = $("[data-json]");
    const list = $("[data-rows]");
    const said = $("[data-said]");
    const hint = $("[data-hint]");
    const needsConsent = new Set(root.dataset.needsConsent.split(" ").filter(Boolean));
    const blocked = root.dataset.blocked.split(" ").filter(Boolean).map((pair) => pair.split(":"));
    const figures = $$("svg[data-face]");
    let mode = $("[data-modes] [aria-pressed=true]").value;

    // ---- one row ----
    const rows = () => [...list.children];
    const control = (row, key) => $(`[data-f=${key}]`, row);
    const held = (row) => {
      const finding = {};
      for (const e of $$("[data-f]", row)) finding[e.dataset.f] = e.value.trim();
      for (const key of NUMBERS) finding[key] = finding[key] === "" ? null : Number(finding[key]);
      finding.is_copied = finding.is_copied === "1";
      return finding;
    };
    const findings = () => rows().map(held).filter((one) => one.area);
    const option = (row, key) => control(row, key).selectedOptions[0]?.textContent ?? "";
    const words = { L: root.dataset.left, R: root.dataset.right, B: root.dataset.both };
    const spot = (area, side) => fill(words[side] ?? "{area}", { area: $(`[data-f=area] option[value="${area}"]`, pattern).textContent });
    const what = (row) => {
      const { area, side } = held(row);
      return area ? `${spot(area, side)}, ${option(row, "mode").toLowerCase()}` : root.dataset.empty;
    };
    const touches = (one) =>
      one.area !== "" &&
      blocked.some(
        ([area, side]) =>
          area === "WHOLE_BODY" ||
          one.area === "WHOLE_BODY" ||
          (area === one.area && (side === one.side || "BN".includes(side) || "BN".includes(one.side))),
      );

    function refresh(row, index) {
      const one = held(row);
      const area = control(row, "area").selectedOptions[0];
      const side = control(row, "side");
      const isMiddle = area?.hasAttribute("data-mid") ?? false;
      if (isMiddle) side.value = "N";
      for (const o of side.options) o.disabled = isMiddle && o.value !== "N";
      row.dataset.n = index + 1;
      const number = $("[data-no]", row);
      number.className = `pinno pinno--${one.mode}`;
      number.firstElementChild.textContent = index + 1;
      $("[data-title]", row).textContent = one.area ? spot(one.area, side.value) : root.dataset.empty;
      const parts = [option(row, "mode")];
      if (one.kind) parts.push(option(row, "kind"));
      if (one.severity !== null) parts.push(`${one.severity}/10`);
      if (one.minutes) parts.push(fill(root.dataset.minutes, { n: one.minutes }));
      if (one.pressure) parts.push(fill(root.dataset.pressure, { n: one.pressure }));
      $("[data-line]", row).textContent = parts.join(" · ");
      $("[data-words]", row).textContent = one.text;
      $("[data-copied]", row).hidden = !one.is_copied;
      const isTreated = one.mode === "treated";
      for (const e of $$("[data-treated]", row)) e.hidden = !isTreated && !$("input", e).value;
      $("[data-nowhere]", row).hidden = one.area !== "" || !(one.text || one.kind || NUMBERS.some((key) => one[key] !== null));
      $("[data-consent]", row).hidden = !(isTreated && needsConsent.has(one.area));
      $("[data-leave]", row).hidden = !(isTreated && touches(one));
    }

    // ---- the figures ----
    function free(x, y, taken) {
      while (y < LOWEST && taken.some(([a, b]) => Math.hypot(x - a, y - b) < APART)) y += 3;
      taken.push([x, y]);
      return [x, y];
    }
    function shapesOf(figure, one) {
      if (one.area === "WHOLE_BODY") return [{ path: $(".body__skin", figure).getAttribute("d"), pin: [140, 20] }];
      const sides = "BN".includes(one.side) ? ["L", "R", "N"] : [one.side, "N"];
      return $$(`[data-hits] [data-area="${one.area}"]`, figure)
        .filter((hit) => sides.includes(hit.dataset.side))
        .map((hit) => ({ path: hit.getAttribute("d"), pin: hit.dataset.pin.split(",").map(Number) }));
    }
    function draw() {
      for (const figure of figures) {
        const { face } = figure.dataset;
        const [marks, pins, taken] = [$("[data-marks]", figure), $("[data-pins]", figure), []];
        marks.replaceChildren();
        pins.replaceChildren();
        const told = [root.dataset[face]];
        rows().forEach((row, index) => {
          const one = held(row);
          if (!one.area || (one.face && one.face !== face)) return;
          const shapes = shapesOf(figure, one);
          for (const { path, pin } of shapes) {
            const mark = drawn("path", { class: `mark mark--${one.mode}`, d: path });
            if (FILLINGS[one.mode]) mark.setAttribute("fill", `url(#${name}-${face}-${FILLINGS[one.mode]})`);
            marks.append(mark);
            const [x, y] = free(...pin, taken);
            const g = drawn("g", { class: `pin pin--${one.mode}`, transform: `translate(${x} ${y})`, "data-n": index + 1 });
            const text = drawn("text", { y: 3.6 });
            text.textContent = index + 1;
            g.append(SHAPES[one.mode](), text);
            pins.append(g);
          }
          if (shapes.length) told.push(`${index + 1}: ${what(row)}`);
        });
        figure.setAttribute("aria-label", told.join("; "));
      }
    }

    // ---- all of it ----
    function render() {
      rows().forEach(refresh);
      $("[data-none]").hidden = list.children.length > 0;
      draw();
      field.value = JSON.stringify(findings());
    }
    function changed(message) {
      render();
      if (message) said.textContent = message;
      root.dispatchEvent(new CustomEvent("findings:changed", { bubbles: true, detail: { findings: findings() } }));
    }
    function ready(row) {
      for (const e of $$("[name]", row)) if (e.tagName !== "DETAILS") e.removeAttribute("name"); // the JSON field speaks for the rows
      $("[data-bare]", row)?.remove();
      $("[data-remove]", row).hidden = false;
      return row;
    }
    function append(finding) {
      const row = pattern.cloneNode(true);
      for (const [key, value] of Object.entries(finding)) {
        const e = control(row, key);
        if (e) e.value = key === "is_copied" ? (value ? "1" : "") : (value ?? "");
      }
      const { area } = finding;
      const chosen = area && $(`[data-f=area] option[value="${area}"]`, row);
      if (chosen) chosen.disabled = chosen.hidden = false;
      if (area) control(row, "area").value = area;
      list.append(row);
      return row;
    }
    const open = (row) => {
      for (const other of $$("details[open]", list)) if (!row.contains(other)) other.open = false;
      $("details", row).open = true;
    };
    const numbered = (row) => ({ n: rows().indexOf(row) + 1, what: what(row) });
    function add(finding) {
      if (list.children.length >= MOST) {
        said.textContent = root.dataset.full;
        return null;
      }
      const row = append({ side: "N", mode, face: "", ...finding });
      open(row);
      changed(finding.area ? "" : root.dataset.opened);
      if (finding.area) said.textContent = fill(root.dataset.added, numbered(row));
      return row;
    }
    function mark(area, side, face) {
      const same = rows().find((row) => {
        const one = held(row);
        return one.area === area && one.side === side && one.mode === mode && (!one.face || one.face === face);
      });
      if (!same) return add({ area, side, face });
      open(same);
      said.textContent = fill(root.dataset.there, numbered(same));
    }
    function remove(row) {
      const message = fill(root.dataset.removed, { what: what(row) });
      const next = row.nextElementSibling ?? row.previousElementSibling;
      row.remove();
      changed(message);
      (next ? $("summary", next) : $("[data-add]")).focus();
    }

    // ---- what is pressed, chosen and typed ----
    const chosen = (group, then) =>
      group.addEventListener("click", (e) => {
        const button = e.target.closest("button");
        if (!button) return;
        for (const one of group.children) one.setAttribute("aria-pressed", String(one === button));
        then(button.value);
      });
    chosen($("[data-modes]"), (value) => (mode = value));
    chosen($("[data-faces]"), (value) => root.classList.toggle("is-back", value === "back"));
    const finger = matchMedia("(pointer: coarse)");
    new ResizeObserver(() => {
      const isOne = finger.matches || root.clientWidth < WIDE;
      root.classList.toggle("is-one", isOne);
      $("[data-faces]").hidden = !isOne;
    }).observe(root);
    for (const figure of figures) {
      figure.addEventListener("click", (e) => {
        const pin = e.target.closest("[data-pins] [data-n]");
        const hit = e.target.closest("[data-hits] [data-area]");
        if (pin) open(rows()[pin.dataset.n - 1]);
        else if (hit) mark(hit.dataset.area, hit.dataset.side, figure.dataset.face);
      });
      figure.addEventListener("pointerover", (e) => {
        const { area, side } = e.target.closest("[data-hits] [data-area]")?.dataset ?? {};
        const isLocked = area && mode === "treated" && needsConsent.has(area);
        hint.textContent = area ? spot(area, side) + (isLocked ? `, ${root.dataset.locked}` : "") : "";
      });
      figure.addEventListener("pointerleave", () => (hint.textContent = ""));
    }
    $("[data-add]").addEventListener("click", () => {
      const row = add({});
      if (row) control(row, "area").focus();
    });
    $("[data-whole]").addEventListener("click", () => mark("WHOLE_BODY", "N", ""));
    $("[data-also]")?.addEventListener("click", (e) => {
      const isOn = root.classList.toggle("is-all");
      e.currentTarget.setAttribute("aria-pressed", String(isOn));
      for (const o of $$("option[data-off]", list).concat($$("option[data-off]", pattern))) if (!o.selected) o.hidden = o.disabled = !isOn;
    });
    list.addEventListener("click", (e) => {
      const button = e.target.closest("[data-remove]");
      if (button) remove(button.closest("[data-finding]"));
    });
    list.addEventListener("input", (e) => {
      const key = e.target.dataset.f;
      if (!key) return;
      e.stopPropagation(); // whoever saves hears findings:changed instead, once the field is written
      const row = e.target.closest("[data-finding]");
      control(row, "is_copied").value = "";
      if (key === "area") control(row, "face").value = "";
      changed(["area", "side", "mode"].includes(key) ? fill(root.dataset.added, numbered(row)) : "");
    });

    // ---- begin: the rows the server wrote stay, the empty ones give the pattern ----
    const pattern = ready($("[data-blanks] [data-finding]").cloneNode(true));
    $("[data-blanks]").remove();
    rows().forEach(ready);
    for (const e of $$("[data-modes], [data-more], [data-add]")) e.hidden = false;
    root.classList.add("is-live");
    render();
    root.bodyChart = {
      get: findings,
      /** Show other findings, such as those of a kept draft: a list, or its JSON. Sends no event. */
      set(given) {
        list.replaceChildren();
        for (const one of typeof given === "string" ? JSON.parse(given || "[]") : given) append(one);
        render();
      },
    };
  }
  document.querySelectorAll("[data-bodychart]").forEach(chart);
})();
