// The board without a pointer: arrows walk, M moves, L changes the length, G walks free times, letters do what the panel does.
(() => {
  const { el, fill, time } = window.Board;
  const STEPS = { a: "check-in", s: "start", d: "finish", x: "no-show" };
  const FROM = { "check-in": ["booked", "confirmed"], "no-show": ["booked", "confirmed"], start: ["arrived"], finish: ["in_session"] };
  const ARROWS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

  const wire = (board) => {
    const { words, root } = board;
    const hasLetters = () => document.body.dataset.shortcuts !== "off";
    const region = document.getElementById("board-said");
    const say = (text) => (region.textContent = text);
    let mode; // what is being moved or stretched: { kind, e, column, from, to, ghost }
    let gaps = []; // the free times that are shown as buttons

    // ---- walking
    const inColumn = (column) => board.shown().filter((e) => board.columnOf(e) === column);
    const nearest = (list, start) => list.toSorted((a, b) => Math.abs(time.lasts(start, a.start)) - Math.abs(time.lasts(start, b.start)))[0];
    const clockOf = (e, column) => `${board.dayOf(column)}T${e.start.slice(11)}`;
    const next = (e, [across, along]) => {
      const column = board.columnOf(e);
      if (along) {
        const list = inColumn(column).sort((a, b) => (a.start < b.start ? -1 : 1));
        return list[list.findIndex((one) => one.id === e.id) + along];
      }
      for (let c = column + across; c >= 0 && c < board.columns().length; c += across) {
        const list = inColumn(c);
        if (list.length) return nearest(list, clockOf(e, c));
      }
    };
    const ends = (e, isLast) => inColumn(board.columnOf(e)).sort((a, b) => (a.start < b.start ? -1 : 1)).at(isLast ? -1 : 0);

    // ---- the ghost
    const where = () => {
      const { column, from, to, kind } = mode;
      if (kind === "length") return fill(words.ghostLength, { minutes: to - from, time: time.hm(to) });
      const when = `${time.weekday(board.dayOf(column))} ${time.hm(from)}`;
      return fill(board.view === "rooms" ? words.ghostRoom : words.ghost, { when, name: board.titleOf(column) });
    };
    const draw = () => {
      board.overlay(mode.ghost, mode.column, mode.from, mode.to);
      mode.ghost.textContent = where();
      mode.ghost.scrollIntoView({ block: "nearest", inline: "nearest" });
      say(where());
    };
    const begin = (kind, e) => {
      if (!board.mayWrite || !e.may.includes(kind)) return say(words.notNow);
      stop();
      const from = time.minutes(e.start);
      mode = { kind, e, column: board.columnOf(e), from, to: from + time.lasts(e.start, e.end), ghost: el("div", "ghost") };
      mode.ghost.setAttribute("aria-hidden", "true");
      root.classList.add("is-moving");
      draw();
      say(`${kind === "move" ? words.moving : words.stretching} ${where()}`);
    };
    const stop = () => {
      if (!mode) return;
      mode.ghost.remove();
      root.classList.remove("is-moving");
      mode = undefined;
    };
    const shift = ([across, along]) => {
      const step = along * board.grid;
      if (mode.kind === "length") {
        if (along && mode.to + step > mode.from && mode.to + step <= 1440) mode.to += step;
      } else {
        if (along && mode.from + step >= 0 && mode.to + step <= 1440) [mode.from, mode.to] = [mode.from + step, mode.to + step];
        mode.column = Math.min(board.columns().length - 1, Math.max(0, mode.column + across));
      }
      draw();
    };
    const drop = async () => {
      const { kind, e, column, from, to } = mode;
      stop();
      const isSame = board.columnOf(e) === column && time.minutes(e.start) === from && time.lasts(e.start, e.end) === to - from;
      if (isSame) return say(words.asBefore);
      if (kind === "length") await board.send.length(e.id, to - from);
      else await board.send.move(e.id, board.target(e, column, from));
      board.focused() || document.querySelector("dialog[open]") || board.focusCard(e.id);
    };

    // ---- free times
    const taken = (column) => {
      const f = board.feed;
      const on = board.dayOf(column);
      const is = (one) => time.date(one.start) <= on && time.date(one.end) >= on && board.isIn(one, column);
      const until = (one) => (time.date(one.end) > on ? 1440 : time.minutes(one.end));
      const since = (one) => (time.date(one.start) < on ? 0 : time.minutes(one.start));
      const all = [...f.off, ...f.turns, ...f.holds, ...f.events.filter((e) => e.is_standing)];
      return all.filter(is).map((one) => [since(one), until(one)]);
    };
    const freeIn = (column) => {
      const on = board.dayOf(column);
      const now = board.clock.now();
      if (on < time.date(now)) return [];
      let at = board.first();
      if (on === time.date(now)) at = Math.max(at, Math.ceil(time.minutes(now) / board.grid) * board.grid);
      const found = [];
      const put = (from, to) => to - from >= 2 * board.grid && found.push({ column, on, from, to });
      taken(column)
        .sort((a, b) => a[0] - b[0])
        .forEach(([from, to]) => {
          put(at, from);
          at = Math.max(at, Math.ceil(to / board.grid) * board.grid);
        });
      put(at, board.last());
      return found;
    };
    const book = (gap) => board.send.book({ on: gap.on, minute: gap.from, ...board.bookable(gap.column) });
    const hideFree = () => {
      gaps.forEach((gap) => gap.button.remove());
      gaps = [];
    };
    const showFree = (column) => {
      hideFree();
      gaps = board.columns().flatMap((_, c) => freeIn(c));
      if (!gaps.length) return say(words.noFree);
      gaps.forEach((gap) => {
        const [from, to] = [time.hm(gap.from), time.hm(gap.to)];
        gap.button = el("button", "freegap", `${from}–${to}`);
        gap.button.type = "button";
        gap.button.setAttribute("aria-label", fill(board.view === "rooms" ? words.freeRoom : words.free, { from, to, name: board.titleOf(gap.column) }));
        gap.button.addEventListener("click", () => book(gap));
        board.overlay(gap.button, gap.column, gap.from, gap.to);
      });
      (gaps.find((gap) => gap.column === column) ?? gaps[0]).button.focus();
    };
    const walkFree = (button, [across, along]) => {
      const at = gaps.findIndex((gap) => gap.button === button);
      if (along) return gaps[at + along]?.button.focus();
      for (let c = gaps[at].column + across; c >= 0 && c < board.columns().length; c += across) {
        const list = gaps.filter((gap) => gap.column === c);
        const near = list.toSorted((a, b) => Math.abs(a.from - gaps[at].from) - Math.abs(b.from - gaps[at].from))[0];
        if (near) return near.button.focus();
      }
    };
    const bookAfter = (e) => {
      const column = board.columnOf(e);
      const list = freeIn(column);
      const gap = list.find((one) => one.to > time.minutes(e.end)) ?? list[0];
      book(gap ?? { on: board.dayOf(column), from: time.minutes(e.end), column });
    };

    // ---- keys
    const inMode = (e) => {
      if (ARROWS[e.key]) shift(ARROWS[e.key]);
      else if (e.key === "Enter" || e.key === " ") drop();
      else if (e.key === "Escape" || e.key === "Tab") {
        stop();
        say(words.asBefore);
        return e.key === "Escape";
      } else return !(e.ctrlKey || e.metaKey); // no other key does anything meanwhile
      return true;
    };
    const onGap = (e, button) => {
      if (ARROWS[e.key]) walkFree(button, ARROWS[e.key]);
      else if (e.key === "Escape" || e.key === "g") {
        const near = inColumn(gaps.find((gap) => gap.button === button).column)[0];
        hideFree();
        if (near) board.focusCard(near.id);
      } else return false;
      return true;
    };
    const step = (visit, name) => {
      if (!FROM[name].includes(visit.st)) say(words.notNow);
      else board.send.step(visit.id, name);
    };
    const onCard = (e, visit) => {
      if (ARROWS[e.key]) board.focusCard(next(visit, ARROWS[e.key])?.id);
      else if (e.key === "Home" || e.key === "End") board.focusCard(ends(visit, e.key === "End")?.id);
      else if (!hasLetters()) return false;
      else if (e.key === "m") begin("move", visit);
      else if (e.key === "l") begin("length", visit);
      else if (e.key === "n" && board.mayWrite) bookAfter(visit);
      else if (STEPS[e.key] && board.mayWrite) step(visit, STEPS[e.key]);
      else return false;
      return true;
    };
    const isPlain = (e) => !e.defaultPrevented && !e.isComposing && !e.ctrlKey && !e.metaKey && !e.altKey;
    root.addEventListener("keydown", (e) => {
      if (!isPlain(e)) return;
      const visit = board.visit(e.target.dataset?.visit);
      const isDone = mode ? inMode(e) : e.target.matches(".freegap") ? onGap(e, e.target) : visit && onCard(e, visit);
      if (!isDone) return;
      e.preventDefault();
      e.stopPropagation();
    });
    root.addEventListener("focusout", (e) => {
      if (gaps.length && e.relatedTarget && !e.relatedTarget.matches?.(".freegap") && !root.contains(e.relatedTarget)) hideFree();
    });
    document.addEventListener("keydown", (e) => {
      if (!isPlain(e) || !hasLetters() || document.querySelector("dialog[open]")) return;
      if (e.target.closest?.("input:not([type=radio], [type=checkbox]), textarea, select")) return;
      if (e.key === "g" && board.mayWrite) {
        const visit = board.visit(board.focused());
        showFree(visit && board.columnOf(visit));
      } else if (STEPS[e.key] && board.panel.has(STEPS[e.key])) board.panel.step(board.panel.has(STEPS[e.key]));
      else return;
      e.preventDefault();
    });

    // The visit under the ghost may change meanwhile: then the ghost goes.
    const follow = () => {
      if (mode && board.visit(mode.e.id)?.v !== mode.e.v) {
        stop();
        say(words.changed);
      }
      if (gaps.length) {
        const column = gaps.find((gap) => gap.button === document.activeElement)?.column;
        if (column === undefined) hideFree();
        else showFree(column);
      }
    };
    board.keys = { follow, say, stop, isMoving: () => Boolean(mode) };
  };

  window.Board.keys = wire;
})();
