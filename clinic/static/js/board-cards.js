// What stands on the board: cards, shaded time, heads of columns. Only DOM, so that no text is ever read as markup.
(() => {
  const { time } = window.Board;
  const el = (tag, cls = "", text = "") => {
    const node = document.createElement(tag);
    if (cls) node.className = cls;
    if (text) node.textContent = text;
    return node;
  };
  const icon = (sprite, name, cls = "") => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", `icon ${cls}`.trim());
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", `${sprite}#${name}`);
    svg.append(use);
    return svg;
  };
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);

  const wire = (board) => {
    const { words, sprite } = board;
    const status = (st) => words.status[st] ?? st;
    const drawn = (name, cls) => icon(sprite, name, cls);

    const flags = (list) => {
      const box = el("span", "appt__flags");
      list.forEach((flag) => box.append(drawn(flag.icon, `is-${flag.tone}`)));
      return box;
    };
    const spoken = (e, starts, ends) =>
      [
        `, ${status(e.st)}`,
        fill(words.until, { time: time.clock(ends), name: board.nameOf(e.staff) }),
        e.room,
        e.over ? words.overlap : "",
        e.note ?? "",
        ...e.flags.map((flag) => flag.text),
      ]
        .filter(Boolean)
        .join(", ");

    // A visit as it is drawn: as much as its height bears, all of it said.
    const visit = (e, starts, ends) => {
      const room = Math.round((time.lasts(starts, ends) / board.slot) * board.slotHeight);
      const box = el("button", "appt__in");
      box.type = "button";
      box.dataset.visit = e.id;
      if (e.id === board.selected) box.setAttribute("aria-current", "true");
      const top = el("span", "appt__top");
      top.append(drawn(`st-${e.st}`), el("span", "appt__name", e.title));
      const where = board.view === "rooms" ? board.firstName(e.staff) : e.room !== board.roomOf(e.staff) ? e.room : "";
      const line = el("span", "appt__svc", `${time.clock(starts)} ${e.service}${where ? ` · ${where}` : ""}`);
      const said = el("span", "vh", spoken(e, starts, ends));
      if (e.over) top.append(el("span", "appt__over", words.overlap));
      if (room < 40) {
        if (e.flags.length) top.append(flags(e.flags));
        box.append(top, el("span", "vh", ` ${time.clock(starts)} ${e.service}`), said);
      } else if (room < 56) {
        const row = el("span", "appt__row");
        row.append(line, ...(e.flags.length ? [flags(e.flags)] : []));
        box.append(top, row, said);
      } else {
        if (room >= 80 && !e.note) line.classList.add("is-tall");
        box.append(top, line);
        const note = e.note ? [el("span", "appt__note", e.note)] : [];
        const marks = e.flags.length ? [flags(e.flags)] : [];
        if (note.length && marks.length && room < 76) {
          const row = el("span", "appt__row");
          row.append(...note, ...marks);
          box.append(row);
        } else box.append(...note, ...marks);
        box.append(said);
      }
      return box;
    };

    const held = (hold) => {
      const box = el("span", "appt__in");
      const top = el("span", "appt__top");
      const left = el("span", "appt__left");
      left.dataset.until = hold.until;
      top.append(drawn("st-held"), el("span", "appt__name", hold.title || words.status.held), left);
      box.append(top);
      return box;
    };

    const content = ({ event }) => {
      const p = event.extendedProps;
      if (event.display === "background") return { domNodes: [el("span", "", event.title)] };
      if (p.hold) return { domNodes: [held(p.hold)] };
      if (p.visit) return { domNodes: [visit(p.visit, time.of(event.start), time.of(event.end))] };
      const box = el("span", "appt__in");
      box.append(el("b", "appt__name", `${time.clock(time.of(event.start))}–${time.clock(time.of(event.end))}`));
      return { domNodes: [box] };
    };

    const classes = ({ event }) => {
      const p = event.extendedProps;
      if (event.display === "background") return event.classNames;
      if (p.hold) return ["appt", "appt--held", "is-hold"];
      const e = p.visit;
      if (!e) return ["is-wished"];
      const extra = [e.over && "is-over", e.id === board.selected && "is-selected", !e.may.includes("length") && "is-fixed"];
      return ["appt", `fam--${e.fam}`, `appt--${e.st}`, ...extra.filter(Boolean)];
    };

    const head = ({ resource }) => {
      const column = board.columns().find((c) => c.id === resource.id);
      if (!column) return resource.title;
      const box = el("div", "colhead");
      const meta = el("small");
      if (board.view === "rooms") {
        box.classList.add("colhead--room");
        box.append(el("span", "room", column.title));
        return { domNodes: [box] };
      }
      const face = el("span", `avatar avatar--${column.hue}`, column.initials);
      face.setAttribute("aria-hidden", "true");
      if (column.room) meta.append(el("span", "room", column.room));
      if (column.hours) meta.append(el("span", "colhead__hours", column.hours));
      if (column.load) meta.append(el("span", "colhead__load", column.load));
      box.append(face, el("b", "", column.title), meta);
      return { domNodes: [box] };
    };
    const dayHead = (d) => {
      const on = time.date(time.of(d));
      const box = el("div", "colhead colhead--day");
      box.append(el("b", "", time.weekday(on)), el("span", "", time.number(on)));
      if (on === time.date(board.clock.now())) box.classList.add("is-today");
      return { domNodes: [box] };
    };

    board.cards = { content, classes, head, dayHead, status, drawn };
  };

  Object.assign(window.Board, { el, fill, cards: wire });
})();
