// The panel beside the board: one visit, as the server draws it; with nobody chosen, who is to be seen to.
(() => {
  const { el, fill, time } = window.Board;

  const wire = (board) => {
    const { words, urls } = board;
    const panel = document.getElementById("panel");
    const body = panel.querySelector("[data-panel]");
    const wide = matchMedia("(min-width: 1121px)");
    const AWAY = "away";
    let shown; // { visit, version } that the fragment was drawn from
    let isTyped = false;
    let asked;

    const keep = (visit) => {
      const url = new URL(location.href);
      if (visit) url.searchParams.set("visit", visit);
      else url.searchParams.delete("visit");
      history.replaceState(history.state, "", url);
    };

    const load = async (visit, version) => {
      asked?.abort();
      asked = new AbortController();
      const wait = setTimeout(() => shown?.visit === visit || body.replaceChildren(...skeleton(visit)), 300);
      try {
        const answer = await fetch(urls.panel.replace("VISIT", visit), {
          headers: { "X-Requested-With": "fetch" },
          signal: asked.signal,
        });
        if (answer.status === 401 || answer.redirected) return location.reload();
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        if (!answer.ok) body.replaceChildren(el("p", "panel__none", words.notShown));
        else body.replaceChildren(...page.body.childNodes);
        shown = { visit, version: version ?? board.visit(visit)?.v };
        isTyped = false;
      } catch (e) {
        if (e.name !== "AbortError") body.replaceChildren(el("p", "panel__none", words.offline));
      } finally {
        clearTimeout(wait);
      }
    };
    // Who and when are on the board already; the rest is on its way.
    const skeleton = (visit) => {
      const e = board.visit(visit);
      const head = el("div", "panel__head");
      const close = el("button", "btn btn--quiet btn--icon btn--sm u-end");
      close.type = "button";
      close.dataset.panelClose = "";
      close.setAttribute("aria-label", words.close);
      close.append(board.cards.drawn("x", "icon--sm"));
      const when = el("div", "panel__when u-muted", e ? `${board.cards.status(e.st)} ${time.clock(e.start)}–${time.clock(e.end)}` : "");
      when.append(close);
      head.append(when, ...(e ? [el("h2", "", e.title)] : []));
      return [head, ...[1, 2, 3, 4].map(() => el("div", "panel__skeleton"))];
    };

    const open = async (visit, { isFocused = true } = {}) => {
      board.select(visit);
      panel.classList.add("is-open");
      keep(visit);
      await load(visit);
      if (isFocused && board.selected === visit) (body.querySelector("h2") ?? panel).closest("[tabindex]")?.focus({ preventScroll: true });
    };
    const close = () => {
      const visit = board.selected;
      asked?.abort();
      const isInside = panel.contains(document.activeElement);
      board.select("");
      shown = undefined;
      isTyped = false;
      panel.classList.remove("is-open");
      keep("");
      idle();
      if (isInside && visit) board.focusCard(visit);
    };

    // Drawn anew when its visit changed, unless somebody is typing in it.
    const renew = async (visit, version) => {
      if (!shown || shown.visit !== visit || shown.version === version) return;
      if (isTyped) return changed();
      const focus = document.activeElement?.closest?.("[data-step]")?.dataset.step;
      const inside = panel.contains(document.activeElement);
      await load(visit, version);
      if (!inside || panel.contains(document.activeElement)) return;
      (body.querySelector(`[data-step="${focus}"]`) ?? panel).focus({ preventScroll: true });
    };
    const changed = () => {
      if (body.querySelector("[data-changed]")) return;
      const note = el("div", "alert alert--warning");
      note.dataset.changed = "";
      note.setAttribute("role", "status");
      const button = el("button", "btn btn--sm", words.newest);
      button.type = "button";
      button.addEventListener("click", () => load(board.selected));
      note.append(board.cards.drawn("alert-triangle"), el("b", "", words.changed), button);
      body.prepend(note);
    };
    const follow = () => {
      if (!board.selected) return idle();
      const e = board.visit(board.selected);
      if (e) renew(e.id, e.v);
      else if (shown && shown.version !== AWAY) renew(shown.visit, AWAY); // moved off this board by somebody
    };

    // Nobody chosen: what the day asks of the desk, in the order it asks for it.
    const idle = () => {
      if (board.selected) return;
      const groups = [
        [words.waiting, (e) => e.st === "arrived"],
        [words.late, board.isLate],
        [words.requests, (e) => e.st === "requested"],
        [words.missed, (e) => e.st === "no_show"],
        [words.toConfirm, (e) => e.st === "booked" && !board.isLate(e)],
      ];
      const parts = groups
        .map(([title, is]) => [title, board.feed.events.filter((e) => is(e)).sort((a, b) => (a.start < b.start ? -1 : 1))])
        .filter(([, list]) => list.length)
        .map(([title, list]) => {
          const section = el("section", "panel__sec");
          const rows = el("ul", "seeto");
          list.forEach((e) => {
            const row = el("button", `seeto__row fam--${e.fam}`);
            row.type = "button";
            row.append(el("b", "", `${board.view === "week" ? `${time.weekday(time.date(e.start))} ` : ""}${time.clock(e.start)} ${e.title}`), el("small", "", `${e.service} · ${board.firstName(e.staff)}`));
            row.addEventListener("click", () => open(e.id));
            const item = el("li");
            item.append(row);
            rows.append(item);
          });
          const head = el("h3", "", title);
          head.append(el("span", "u-muted", ` ${list.length}`));
          section.append(head, rows);
          return section;
        });
      const box = el("div", "panel__scroll panel__idle");
      box.append(el("h2", "", words.todo), ...(parts.length ? parts : [el("p", "panel__none", words.nothing)]));
      const absent = board.feed.absent ?? [];
      if (absent.length) box.append(el("p", "panel__none", fill(words.absent, { names: absent.join(", ") })));
      const drawn = box.textContent;
      if (!shown && body.dataset.idle === drawn && body.querySelector(".panel__idle")) return;
      const row = [...body.querySelectorAll(".seeto__row")].indexOf(document.activeElement);
      body.dataset.idle = drawn;
      body.replaceChildren(box);
      if (row >= 0) [...body.querySelectorAll(".seeto__row")].at(Math.min(row, body.querySelectorAll(".seeto__row").length - 1))?.focus();
    };

    // ---- what its buttons do
    const step = (button) => {
      const form = button.form && new FormData(button.form, button.type === "submit" ? button : undefined);
      isTyped = false;
      if (button.dataset.step === "length") return board.send.length(board.selected, button.value);
      return board.send.step(board.selected, button.dataset.step, button.dataset.version ?? shown?.version, form || undefined);
    };
    panel.addEventListener("click", (e) => {
      const hit = e.target.closest?.("[data-step], [data-move], [data-panel-close]");
      if (!hit || !board.selected) return;
      if (hit.dataset.step && hit.form && hit.type === "submit" && !hit.form.reportValidity()) return e.preventDefault();
      e.preventDefault();
      if (hit.dataset.move) return board.send.move(board.selected, JSON.parse(hit.dataset.move));
      if (hit.dataset.step) return step(hit);
      close();
    });
    // What was unfolded is seen whole, its button too.
    panel.addEventListener("toggle", (e) => e.target.open && e.target.scrollIntoView({ block: "nearest" }), true);
    panel.addEventListener("input", () => (isTyped = true));
    panel.addEventListener("submit", () => (isTyped = false));
    document.addEventListener("keydown", (e) => {
      if (e.key !== "Escape" || e.defaultPrevented || !board.selected || document.querySelector("dialog[open]")) return;
      if (!panel.contains(e.target) && !board.root.contains(e.target) && e.target !== document.body) return;
      if (panel.querySelector("details[data-pop][open]")) return;
      e.preventDefault();
      close();
    });
    wide.addEventListener("change", idle);

    const has = (name) => board.selected && [...body.querySelectorAll(`[data-step="${name}"]`)].find((n) => n.checkVisibility());
    board.panel = { open, close, renew, follow, idle, step, has };
  };

  window.Board.panel = wire;
})();
