// What is asked of the server, and what it says: toasts with "Undo", and why something was refused with what can be done.
(() => {
  const { el, fill, time } = window.Board;

  const wire = (board) => {
    const { words, urls } = board;
    const toasts = document.querySelector(".toasts");
    const dialog = document.getElementById("refused");

    const post = async (url, fields) => {
      const body = fields instanceof FormData ? new URLSearchParams(fields) : new URLSearchParams();
      if (!(fields instanceof FormData)) Object.entries(fields).forEach(([name, value]) => value != null && body.set(name, value));
      try {
        const answer = await fetch(url, {
          method: "POST",
          body,
          headers: { "X-CSRFToken": board.token, Accept: "application/json", "X-Requested-With": "fetch" },
        });
        if (answer.status === 401 || answer.redirected) location.reload();
        const said = await answer.json().catch(() => ({ error: words.failed }));
        return { ok: answer.ok, said: answer.ok || said.error ? said : { ...said, error: words.failed } };
      } catch {
        return { ok: false, said: { error: words.offline } };
      }
    };

    // ---- done: say so, and let it be taken back as long as that is shown
    let last;
    const toast = (text, undo) => {
      last?.remove();
      const node = (last = el("div", "toast"));
      node.append(el("span", "", text));
      if (undo) {
        const button = el("button", "btn", words.undo);
        button.type = "button";
        button.setAttribute("aria-keyshortcuts", "z");
        const key = el("kbd", "kbd", "Z");
        key.setAttribute("aria-hidden", "true");
        button.append(key);
        button.addEventListener("click", () => {
          node.remove();
          takeBack(undo);
        });
        node.append(button);
      }
      toasts.append(node);
      let left = (undo ? board.undoSeconds : 6) * 4;
      const timer = setInterval(() => {
        if (!node.isConnected || (!node.matches(":hover, :focus-within") && --left <= 0)) {
          clearInterval(timer);
          node.remove();
        }
      }, 250);
    };
    const done = async (said) => {
      toast(said.said, said.undo);
      board.isBusy = false;
      board.live.forget();
      await board.live.ask();
      board.panel.renew(said.visit, said.version);
      return true;
    };
    const takeBack = async (change) => {
      const { ok, said } = await post(urls.undo, { change });
      if (!ok) return refused({ said });
      await done({ ...said, undo: null });
      if (document.activeElement === document.body) board.focusCard(said.visit);
    };

    // ---- refused: why, the nearest free times, and what may be done all the same
    const button = (text, cls, act) => {
      const node = el("button", cls, text);
      node.type = "button";
      node.addEventListener("click", () => {
        dialog.close();
        act();
      });
      return node;
    };
    const free = (list, again) => {
      const box = el("div", "choices");
      list.forEach((one) => {
        const chip = button(`${one.label} `, "choice", () => again({ start: one.start, staff: one.staff, place: one.place ?? "" }));
        chip.append(el("small", "", one.staff_name));
        box.append(chip);
      });
      return box;
    };
    const both = (stale) => {
      const table = el("table", "refused__both");
      const head = table.createTHead().insertRow();
      ["", words.yours, stale.theirs.by ? fill(words.theirsBy, { name: stale.theirs.by }) : words.theirs].forEach((text) => {
        const cell = el(text ? "th" : "td", "", text);
        if (text) cell.scope = "col";
        head.append(cell);
      });
      const rows = table.createTBody();
      const names = new Set([...Object.keys(stale.yours), ...Object.keys(stale.theirs)].filter((name) => name !== "by"));
      names.forEach((name) => {
        const row = rows.insertRow();
        const label = el("th", "", name);
        label.scope = "row";
        row.append(label, el("td", "", stale.yours[name] ?? "–"), el("td", "", stale.theirs[name] ?? "–"));
      });
      return table;
    };
    const reason = (again, { name, asks, does, most }) => {
      const form = el("form", "refused__why");
      const label = el("label", "label", asks);
      const input = el("input", "input");
      input.id = label.htmlFor = "refused-reason";
      input.required = true;
      input.maxLength = most;
      const go = el("button", "btn", does);
      form.append(label, input, go);
      form.addEventListener("submit", (e) => {
        e.preventDefault();
        dialog.close();
        again({ [name]: input.value.trim() });
      });
      return form;
    };
    // What may be done knowingly, by whoever says why.
    const REASONS = {
      overlap: { name: "overlap_why", opens: words.overlapAsk, asks: words.why, does: words.overlapGo, most: 200 },
      reason: { name: "override_why", opens: words.reasonAsk, asks: words.reasonWhy, does: words.reasonGo, most: 300 },
    };
    const links = (list) => {
      const box = el("ul", "refused__links");
      list.forEach(({ label, url }) => {
        const item = el("li");
        const link = el("a", "", label);
        link.href = url;
        item.append(link);
        box.append(item);
      });
      return box;
    };
    const refused = ({ said, title, again, visit }) => {
      const body = dialog.querySelector("[data-refused]");
      const foot = dialog.querySelector("[data-offers]");
      dialog.querySelector("h2").textContent = said.stale ? words.stale : title || words.notDone;
      dialog.querySelector("[data-why]").textContent = said.error ?? words.failed;
      body.replaceChildren();
      foot.replaceChildren();
      if (said.stale) {
        body.append(both(said.stale));
        const newest = async () => {
          await board.live.ask();
          board.panel.open(visit);
        };
        foot.append(button(words.newest, "btn btn--primary", newest));
      }
      if (again && said.free?.length) body.append(el("h3", "", words.freeNear), free(said.free, again));
      if (again && said.offers === "outside_hours") foot.append(button(words.outside, "btn", () => again({ outside_hours: "y" })));
      if (again && said.offers === "self_pay") foot.append(button(words.pays, "btn", () => again({ self_pay: "y" })));
      if (again && said.offers === "fold") {
        foot.append(
          button(words.foldFirst, "btn", () => again({ fold: "0" })),
          button(words.foldSecond, "btn", () => again({ fold: "1" })),
        );
      }
      if (again && REASONS[said.offers]) {
        const ask = el("button", "btn", REASONS[said.offers].opens);
        ask.type = "button";
        ask.addEventListener("click", () => {
          const form = reason(again, REASONS[said.offers]);
          ask.replaceWith();
          body.append(form);
          form.querySelector("input").focus();
        });
        foot.append(ask);
      }
      if (said.links?.length) body.append(el("h3", "", words.whatToDo), links(said.links));
      const back = visit;
      dialog.addEventListener("close", () => back && board.focusCard(back), { once: true });
      if (!dialog.open) dialog.showModal();
    };

    // ---- the deeds
    // A visit somewhere else: what the pointer dropped, what the keys dropped, a chosen time.
    const move = async (visit, to, revert) => {
      const e = board.visit(visit);
      const fields = { visit, version: to.version ?? e?.v, start: to.start.slice(0, 16), staff: to.staff, place: to.place ?? "" };
      Object.assign(fields, { outside_hours: to.outside_hours, overlap_why: to.overlap_why, override_why: to.override_why, fold: to.fold, self_pay: to.self_pay });
      const { ok, said } = await post(urls.move, fields);
      if (ok) return done(said);
      revert?.();
      const again = (more) => move(visit, { ...to, ...more, version: e?.v });
      const title = e && fill(words.stays, { name: e.title, time: time.clock(e.start) });
      refused({ said, title, again, visit });
      return false;
    };
    const length = async (visit, minutes, revert, more = {}) => {
      const e = board.visit(visit);
      const { ok, said } = await post(urls.length, { visit, version: e?.v, minutes, ...more });
      if (ok) return done(said);
      revert?.();
      const again = ["outside_hours", "reason"].includes(said.offers) && ((extra) => length(visit, minutes, null, { ...more, ...extra }));
      refused({ said: { ...said, free: [] }, title: words.notDone, again, visit });
      return false;
    };
    const step = async (visit, name, version, more = {}) => {
      const fields = more instanceof FormData ? more : new FormData();
      if (!(more instanceof FormData)) Object.entries(more).forEach(([key, value]) => fields.set(key, value));
      fields.set("visit", visit);
      fields.set("version", version ?? board.visit(visit)?.v ?? "");
      fields.set("step", name);
      const { ok, said } = await post(urls.step, fields);
      if (ok) return done(said);
      // What a session waits for is settled on its card.
      if (said.go) return location.assign(said.go);
      const again = said.offers === "reason" && ((extra) => step(visit, name, version, extra));
      refused({ said, again, visit });
      return false;
    };
    const book = ({ on, minute, staff, minutes, place }) => {
      const url = new URL(urls.book, location.href);
      const fields = { on, time: time.hm(minute), therapist: staff, minutes, place };
      Object.entries(fields).forEach(([name, value]) => value && url.searchParams.set(name, value));
      if (window.openBooking) window.openBooking(url.pathname + url.search);
      else location.assign(url);
    };

    board.send = { move, length, step, book, toast };
  };

  window.Board.send = wire;
})();
