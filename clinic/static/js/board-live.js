// The board as it is at every desk: asks every two seconds while it is looked at, and puts in what changed and nothing else.
(() => {
  const { time, fill } = window.Board;
  const OFTEN = 2000;
  const SELDOM = 10000;

  const wire = (board) => {
    const { words, urls, ec } = board;
    const trouble = document.getElementById("board-trouble");
    let etag = board.root.dataset.etag || "";
    let drawn = new Map(); // what the calendar was last given, by id
    let waiting; // an answer that came while something was being dragged
    let timer;
    let asked;
    let skew = 0; // how far this screen's clock is behind the server's, in milliseconds
    const epoch = () => Date.now() + skew;

    // ---- the feed as the calendar takes it
    const inView = (one) => board.view !== "week" || !one.staff || one.staff === board.person;
    const resources = (one) => {
      if (board.view === "week") return [];
      if (board.view === "rooms") return one.place ? [one.place] : [];
      return one.staff ? [one.staff] : one.place ? [] : board.columns().map((c) => c.id);
    };
    const isPlaced = (one) => board.view === "week" || resources(one).length;
    const shade = (one, index, kind, title = "") => ({
      id: `${kind}-${index}-${one.staff ?? one.place ?? ""}-${one.start}`,
      resourceIds: resources(one),
      start: one.start,
      end: one.end,
      title,
      display: "background",
      classNames: [`bg-${kind}`],
      extendedProps: {},
    });
    const ofVisit = (e) => ({
      id: e.id,
      resourceIds: resources(e),
      start: e.start,
      end: e.end,
      title: e.title,
      startEditable: board.mayWrite && e.may.includes("move"),
      durationEditable: board.mayWrite && e.may.includes("length"),
      extendedProps: { visit: e },
    });
    const ofHold = (hold) => ({
      id: `hold-${hold.id}`,
      resourceIds: resources(hold),
      start: hold.start,
      end: hold.end,
      title: hold.title,
      startEditable: false,
      durationEditable: false,
      extendedProps: { hold },
    });
    const events = (feed) => {
      const here = (list) => list.filter((one) => inView(one) && isPlaced(one));
      const noRooms = (one) => board.view === "rooms" || !one.place || one.staff;
      return [
        ...here(feed.off).filter(noRooms).map((one, i) => shade(one, i, one.kind, one.title)),
        ...here(feed.turns).map((one, i) => shade(one, i, "turn")),
        ...here(feed.events).map(ofVisit),
        ...here(feed.holds.filter((hold) => hold.until * 1000 > epoch())).map(ofHold),
      ];
    };

    board.isLate = (e) => Boolean(e.grace) && e.grace * 1000 <= epoch();

    // ---- putting in what changed
    const apply = (feed) => {
      if (board.isBusy) return (waiting = feed);
      const before = board.feed;
      board.feed = feed;
      const focus = board.focused();
      const frame = (f) => JSON.stringify([f.min, f.max, board.view === "rooms" ? f.rooms : f.people]);
      if (frame(before) !== frame(feed)) board.reframe();
      const next = new Map(events(feed).map((event) => [event.id, event]));
      for (const id of drawn.keys()) if (!next.has(id)) ec.removeEventById(id);
      for (const [id, event] of next) {
        const text = JSON.stringify(event);
        if (!drawn.has(id)) ec.addEvent(event);
        else if (drawn.get(id) !== text || board.touched.has(id)) ec.updateEvent(event);
        next.set(id, text);
      }
      board.touched.clear();
      drawn = next;
      if (focus) requestAnimationFrame(() => board.focused() || board.focusCard(focus));
      tally();
      board.panel.follow();
      board.keys?.follow();
    };
    const redraw = () => {
      const all = events(board.feed);
      drawn = new Map(all.map((event) => [event.id, JSON.stringify(event)]));
      ec.setOption("events", all);
      tally();
    };
    const settled = () => {
      if (!waiting) return;
      const feed = waiting;
      waiting = undefined;
      apply(feed);
    };

    // What was held back is older than what was just done.
    const forget = () => {
      waiting = undefined;
      etag = "";
    };

    // Counted here too, so that what stands above the board is as new as the board.
    const tally = () => {
      const of = (st) => board.feed.events.filter((e) => e.st === st).length;
      const late = board.feed.events.filter((e) => board.isLate(e));
      const counts = {
        waiting: of("arrived"),
        to_confirm: of("booked") - late.filter((e) => e.st === "booked").length,
        no_shows: late.length,
      };
      document.querySelectorAll("[data-tally]").forEach((item) => {
        const count = counts[item.dataset.tally];
        item.hidden = !count;
        item.querySelector("[data-count]").textContent = count;
      });
    };

    // ---- asking
    const ask = async () => {
      clearTimeout(timer);
      asked?.abort();
      asked = new AbortController();
      let wait = OFTEN;
      try {
        const url = new URL(urls.feed, location.href);
        url.searchParams.set("on", board.on);
        url.searchParams.set("view", board.view);
        const headers = { "X-Requested-With": "fetch", ...(etag && { "If-None-Match": etag }) };
        const answer = await fetch(url, { headers, cache: "no-store", signal: asked.signal });
        if (answer.status === 401 || answer.redirected) return location.reload();
        const sent = Date.parse(answer.headers.get("Date") ?? "");
        if (sent) skew = Math.abs(sent - Date.now()) > 5000 ? sent - Date.now() : 0;
        if (answer.status !== 304) {
          if (!answer.ok) throw new Error(answer.status);
          const feed = await answer.json();
          etag = answer.headers.get("ETag") ?? "";
          apply(feed);
        }
        trouble.hidden = true;
      } catch (e) {
        if (e.name === "AbortError") return;
        trouble.hidden = false;
        wait = SELDOM;
      }
      clearTimeout(timer);
      if (document.visibilityState === "visible") timer = setTimeout(ask, wait);
    };
    document.addEventListener("visibilitychange", () => (document.visibilityState === "visible" ? ask() : clearTimeout(timer)));
    addEventListener("online", ask);

    // ---- what time does by itself: the line of now, and holds that run out
    const line = document.createElement("div");
    line.className = "ec-now-indicator";
    line.setAttribute("aria-hidden", "true");
    const tick = () => {
      const now = board.clock.now();
      const minute = time.minutes(now);
      const isShown = board.feed.days.includes(time.date(now)) && minute >= board.first() && minute <= board.last();
      line.hidden = !isShown;
      if (isShown) {
        line.dataset.time = time.clock(now);
        line.style.setProperty("inset-block-start", `${board.top(minute)}px`);
        line.style.setProperty("grid-column", "2 / -1");
        board.main().append(line);
      }
      const gone = board.feed.holds.filter((hold) => hold.until * 1000 <= epoch());
      if (gone.length) apply({ ...board.feed, holds: board.feed.holds.filter((hold) => !gone.includes(hold)) });
      board.root.querySelectorAll("[data-until]").forEach((node) => {
        const left = Math.max(0, Math.round(node.dataset.until - epoch() / 1000));
        const text = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
        if (node.textContent !== text) node.textContent = text;
        node.title = fill(words.holdLeft, { time: text });
      });
    };
    setInterval(tick, 1000);

    board.live = { ask, forget, redraw, settled, tick, start: () => (timer = setTimeout(ask, OFTEN)) };
  };

  window.Board.live = wire;
})();
