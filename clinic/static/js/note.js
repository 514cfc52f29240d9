// A session note saves itself: every few seconds, and when a field is left. What is typed stays in the page alone
// until the server has it; nothing of it is kept in the browser. One tab writes at a time: it holds the pen.
(() => {
  const box = document.querySelector("[data-note]");
  const form = document.getElementById("note-form");
  if (!box || !form) return;
  const [address, texts] = [box.dataset.note, box.dataset];
  const state = document.querySelector("[data-state]");
  const elsewhere = document.querySelector("[data-elsewhere]");
  const EVERY = 5000;
  const MOST = 30000;
  const aside = ["csrf_token", "seq", "pen", "earlier", "is_confirmed"];
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const say = (text, tone = "") => {
    if (state.textContent !== text) state.textContent = text;
    state.dataset.tone = tone;
  };

  // ---- the pen: a random name of this tab, and how often it was loaded. It outlives a reload, and no second tab
  // has the same. A pen that is handed back late, by the page before, is no longer the one that writes.
  const place = `pen:${address}`;
  const fresh = () => [...crypto.getRandomValues(new Uint8Array(12))].map((n) => n.toString(16).padStart(2, "0")).join("");
  const [tab, loads] = (sessionStorage.getItem(place) ?? `${fresh()}.0`).split(".");
  const pen = `${tab}.${Number(loads) + 1}`;
  sessionStorage.removeItem(place);
  form.elements.pen.value = pen;

  const about = (more = {}) => {
    const sent = new FormData();
    sent.set("csrf_token", form.elements.csrf_token.value);
    sent.set("pen", pen);
    for (const [name, value] of Object.entries(more)) sent.set(name, value);
    return sent;
  };
  const post = (path, body) =>
    fetch(`${address}/${path}`, { method: "POST", body, headers: { Accept: "application/json" }, signal: AbortSignal.timeout(15000) });

  // ---- what was typed, and what of it is kept
  const typed = () => {
    const sent = new FormData(form);
    aside.forEach((name) => sent.delete(name));
    return new URLSearchParams(sent).toString();
  };
  let kept = null;
  let savedAt = texts.savedAt;
  let isOut = false;
  let isLeaving = false;
  let running = null;
  let pause = EVERY;
  let next = 0;
  const isDirty = () => kept !== null && typed() !== kept;

  const stepAside = (words) => {
    isOut = true;
    elsewhere.hidden = false;
    elsewhere.querySelector("[data-elsewhere-said]").textContent = words + (isDirty() ? ` ${texts.lost}` : "");
    say(words, "bad");
  };
  const failed = (words) => {
    say(words ?? (savedAt ? fill(texts.unsaved, { time: savedAt }) : texts.never), "bad");
    next = Date.now() + pause;
    pause = Math.min(pause * 2, MOST);
  };
  // signed out meanwhile, and in again elsewhere: the page's token is renewed, what is typed stays
  const renew = async () => {
    const answer = await fetch(address);
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const token = page.querySelector("#note-form [name=csrf_token]");
    if (token) form.elements.csrf_token.value = token.value;
  };
  const alertOf = (text, tone) => {
    const one = document.createElement("p");
    one.className = `alert alert--${tone}`;
    one.textContent = text;
    return one;
  };
  const show = (told) => {
    form.elements.seq.value = told.seq;
    savedAt = told.saved;
    const wrong = told.wrong.join(", ");
    const saved = wrong ? fill(texts.except, { fields: wrong }) : fill(texts.saved, { time: savedAt });
    say(told.error || saved, told.error || wrong ? "bad" : "");
    for (const one of document.querySelectorAll("[data-copied-mark]")) one.hidden = !told.copied.includes(one.dataset.copiedMark);
    const confirm = document.querySelector("[data-confirm-copied]");
    confirm.hidden = !told.confirm.length;
    confirm.querySelector("span").textContent = fill(texts.right, { what: told.confirm.join(", ") });
    const vitals = new DOMParser().parseFromString(told.vitals, "text/html");
    document.querySelector("[data-vitals]").replaceChildren(...vitals.body.children);
    document.querySelector("[data-warnings]").replaceChildren(
      ...told.warnings.map((one) => alertOf(one, "warning")),
      ...told.unagreed.map((one) => alertOf(fill(texts.unagreed, { area: one }), "danger")),
    );
  };
  // a part that was taken over stands in its fields at once, marked; the page is not left
  const take = (fields) => {
    for (const [name, value] of Object.entries(fields)) {
      if (name === "findings") document.querySelector("[data-bodychart=findings]").bodyChart.set(value);
      else
        for (const one of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
          if (one.matches("[type=radio], [type=checkbox]")) one.checked = [value].flat().includes(one.value);
          else one.value = value;
          const more = value.length && one.closest("details");
          if (more) more.open = true;
        }
    }
  };
  const bring = (part) => {
    const [section, title] = ["", "-h"].map((end) => document.getElementById(`note-${part}${end}`));
    say(fill(texts.took, { part: title.lastChild.textContent.trim(), time: savedAt }));
    if (matchMedia("(min-width: 721px)").matches) section.scrollIntoView({ block: "nearest" }); // both are in view
  };
  const send = async (more) => {
    const [sent, body] = [typed(), new FormData(form)];
    for (const [name, value] of Object.entries(more)) body.set(name, value);
    const answer = await post("draft", body);
    if (answer.ok) {
      const told = await answer.json();
      const isSame = typed() === sent;
      take(told.fields);
      kept = isSame ? typed() : sent;
      pause = EVERY;
      show(told);
      if (more.copy && !told.error) bring(more.copy);
    } else if (answer.status === 409) {
      stepAside((await answer.json()).error);
    } else if (answer.status === 401 || answer.status === 400) {
      failed(texts.signedOut);
      await renew();
    } else if (answer.status < 500) {
      failed((await answer.json()).error);
    } else failed();
  };
  const save = async (more = null) => {
    while (running) await running;
    if (isOut || !(more || isDirty())) return;
    running = send(more ?? {}).catch(() => failed());
    await running;
    running = null;
  };
  const soon = () => Date.now() >= next && save();
  setInterval(soon, EVERY);
  form.addEventListener("focusout", soon);
  addEventListener("online", () => save());
  document.addEventListener("visibilitychange", () => document.hidden && save());

  // ---- the buttons: what is typed is saved first, so that a lost line loses nothing
  let isGoing = false;
  form.addEventListener("submit", async (e) => {
    const button = e.submitter;
    // With nothing to save first it goes at once: asked for again from here, it would not go at all.
    const isReady = button && !["copy", "save"].includes(button.name) && !running && !isDirty();
    if (isGoing || isOut || isReady) {
      isLeaving = true;
      return;
    }
    e.preventDefault();
    if (button?.name === "copy") return save({ copy: button.value, earlier: form.elements.earlier.value });
    if (!button || button.name === "save") return save({ save: "1" });
    await save();
    if (isOut || isDirty()) return;
    isGoing = true;
    form.requestSubmit(button);
  });
  document.addEventListener("keydown", (e) => {
    if (e.key !== "Enter" || !(e.ctrlKey || e.metaKey) || e.isComposing) return;
    e.preventDefault();
    document.querySelector("[aria-keyshortcuts='Control+Enter']")?.click();
  });
  form.addEventListener("input", (e) => {
    const mark = e.target.closest("[data-field]")?.querySelector("[data-copied-mark]");
    if (mark) mark.hidden = true;
  });
  document.addEventListener("click", async (e) => {
    if (!e.target.closest("[data-take]")) return;
    e.preventDefault();
    const answer = await post("pen", about({ force: "y" })).catch(() => null);
    if (!answer?.ok) return failed();
    isLeaving = true;
    isOut = false; // this tab has the pen now, and takes it along
    location.replace(address);
  });

  // ---- earlier notes beside: turned without leaving the page
  document.addEventListener("click", async (e) => {
    const link = e.target instanceof Element && e.target.closest("[data-earlier]");
    if (!link || e.ctrlKey || e.metaKey || e.shiftKey) return;
    e.preventDefault();
    const answer = await fetch(link.href).catch(() => null);
    if (!answer?.ok || answer.redirected) return failed();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const name = link.getAttribute("aria-keyshortcuts");
    document.getElementById("note-earlier").replaceWith(document.adoptNode(page.getElementById("note-earlier")));
    const again = document.querySelector(`[data-earlier][aria-keyshortcuts="${CSS.escape(name)}"]`);
    (again ?? document.getElementById("note-earlier")).focus();
  });

  // ---- the time that is left
  const timer = document.querySelector("[data-timer]");
  const tick = () => {
    const left = Math.round((timer.dataset.timer - Date.now() / 1000) / 60);
    timer.querySelector("[data-said]").textContent = fill(left < 0 ? timer.dataset.over : timer.dataset.left, { n: Math.abs(left) });
  };
  if (timer) {
    tick();
    setInterval(tick, 15000);
  }

  // ---- coming and going
  kept = typed(); // the body chart's script has run before
  addEventListener("load", async () => {
    if (!elsewhere.hidden) {
      isOut = true;
      return;
    }
    const answer = await post("pen", about()).catch(() => null);
    if (answer?.status === 409) return stepAside((await answer.json()).error);
    const seq = answer?.ok ? (await answer.json()).seq : Number(form.elements.seq.value);
    if (seq > Number(form.elements.seq.value) && !isDirty() && !running) {
      isLeaving = true;
      location.reload(); // the page is older than the draft
    }
  });
  addEventListener("pageshow", (e) => e.persisted && location.reload());
  addEventListener("beforeunload", (e) => {
    if (!isLeaving && isDirty()) e.preventDefault();
  });
  addEventListener("pagehide", () => {
    if (isOut) return;
    sessionStorage.setItem(place, pen);
    navigator.sendBeacon(`${address}/pen`, about({ give: "y" }));
  });
})();
