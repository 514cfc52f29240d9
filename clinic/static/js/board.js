// The board: Event Calendar with our cards. Put together here; the parts are in board-*.js, loaded before this.
(() => {
  const root = document.getElementById("board");
  if (!root || !window.EventCalendar) return;
  const { time, cards, send, panel, keys, live, phone } = window.Board;
  const d = root.dataset;

  const board = {
    root,
    feed: JSON.parse(d.feed),
    words: JSON.parse(d.words),
    urls: JSON.parse(d.urls),
    view: d.view,
    on: d.on,
    person: d.who,
    selected: "",
    sprite: d.sprite,
    token: d.csrf,
    grid: Number(d.grid),
    slot: 15, // minutes that slotHeight pixels stand for
    mayWrite: "mayWrite" in d,
    undoSeconds: Number(d.undoSeconds),
    clock: time.running(d.now),
    isBusy: false, // something is being dragged, or on its way to the server
    touched: new Set(), // what the pointer has moved: the server's word on it is put in anew
    slotHeight: 16,
  };

  // ---- columns: therapists, rooms, or the days of one therapist
  const hm = (text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));
  board.first = () => hm(board.feed.min);
  board.last = () => hm(board.feed.max);
  board.people = () => board.feed.people;
  board.all = () => (board.view === "rooms" ? board.feed.rooms : board.feed.people);
  board.columns = () => {
    if (board.view === "week") return board.feed.days.map((id) => ({ id, title: id }));
    return board.phone?.isNarrow() ? board.all().filter((one) => one.id === board.person) : board.all();
  };
  board.own = (one) => (board.view === "week" ? time.date(one.start) : board.view === "rooms" ? one.place : one.staff);
  board.columnOf = (e) => board.columns().findIndex((column) => column.id === board.own(e));
  board.dayOf = (column) => (board.view === "week" ? board.feed.days[column] : board.feed.days[0]);
  board.nameOf = (staff) => board.feed.people.find((one) => one.id === staff)?.title ?? "";
  board.firstName = (staff) => board.nameOf(staff).split(" ")[0];
  board.roomOf = (staff) => board.feed.people.find((one) => one.id === staff)?.room ?? "";
  board.titleOf = (column) => (board.view === "week" ? board.nameOf(board.person) : (board.columns()[column]?.title ?? ""));
  board.shown = () => board.feed.events.filter((e) => board.columnOf(e) >= 0 && (board.view !== "week" || e.staff === board.person));
  board.isIn = (one, column) => {
    if (board.view === "rooms") return one.place === board.columns()[column].id;
    const staff = board.view === "week" ? board.person : board.columns()[column].id;
    return one.staff ? one.staff === staff : !one.place;
  };
  board.visit = (id) => board.feed.events.find((e) => e.id === id);
  // What a column and a minute mean for a visit, and for a booking.
  board.target = (e, column, minute) => ({
    start: time.at(board.dayOf(column), minute),
    staff: board.view === "day" ? board.columns()[column].id : e.staff,
    place: board.view === "rooms" ? board.columns()[column].id : "",
  });
  board.bookable = (column) =>
    board.view === "rooms" ? { place: board.columns()[column].id } : { staff: board.view === "week" ? board.person : board.columns()[column].id };

  // ---- where things stand
  board.main = () => root.querySelector(".ec-main");
  board.top = (minute) => ((minute - board.first()) / board.slot) * board.slotHeight;
  board.overlay = (node, column, from, to) => {
    node.style.setProperty("grid-column", `${column + 2} / span 1`);
    node.style.setProperty("inset-block-start", `${board.top(from)}px`);
    node.style.setProperty("block-size", `${board.top(to) - board.top(from)}px`);
    if (!node.isConnected) board.main().append(node);
  };
  board.focused = () => (root.contains(document.activeElement) ? document.activeElement.dataset.visit : undefined);
  board.card = (id) => id && root.querySelector(`[data-visit="${CSS.escape(id)}"]`);
  board.focusCard = (id) => board.card(id)?.focus();
  board.select = (id) => {
    board.selected = id;
    root.querySelectorAll("[data-visit]").forEach((button) => {
      const is = button.dataset.visit === id;
      button.closest(".ec-event").classList.toggle("is-selected", is);
      if (is) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    });
  };

  cards(board);
  send(board);
  phone(board);
  const choose = () => {
    if (!board.all().some((one) => one.id === board.person)) board.person = board.all()[0]?.id ?? "";
  };
  choose();

  // ---- the calendar
  const coarse = matchMedia("(pointer: coarse)");
  const HEAD = 58;
  const fitting = () => {
    const slots = (board.last() - board.first()) / board.slot;
    const least = coarse.matches ? 22 : 15; // 22: half an hour is then 44 px
    return Math.min(28, Math.max(least, Math.floor((root.clientHeight - HEAD) / slots)));
  };
  const frame = () => ({
    resources: board.view === "week" ? [] : board.columns().map(({ id, title }) => ({ id, title })),
    slotMinTime: board.feed.min,
    slotMaxTime: board.feed.max,
    slotHeight: (board.slotHeight = fitting()),
  });
  board.reframe = () => {
    choose();
    board.phone.draw();
    Object.entries(frame()).forEach(([name, value]) => board.ec.setOption(name, value));
    board.live.tick();
  };
  // While something is dragged, and until the server has answered, nothing is put in under the hand.
  board.release = () => {
    board.isBusy = false;
    board.live.settled();
  };
  let isDragged = false; // a drag that ends on its own card is no click on it
  const grab = () => (board.isBusy = isDragged = true);
  root.addEventListener("pointerdown", () => (isDragged = false), true);
  root.addEventListener("click", (e) => {
    const card = e.target.closest(".ec-event")?.querySelector("[data-visit]");
    if (card && !isDragged) board.panel.open(card.dataset.visit);
    isDragged = false;
  });
  addEventListener("pointercancel", () => setTimeout(board.release));
  const dropped = (info, isLength) => {
    const e = board.visit(info.event.id);
    const [from, to] = [time.of(info.event.start), time.of(info.event.end)];
    const column = board.view === "week" ? time.date(from) : info.event.resourceIds[0];
    if (!e || (from === e.start && to === e.end && column === board.own(e))) return board.release();
    board.touched.add(e.id);
    const back = () => {
      info.revert();
      board.release();
    };
    if (isLength) return board.send.length(e.id, time.lasts(from, to), back);
    const index = board.columns().findIndex((one) => one.id === column);
    return board.send.move(e.id, board.target(e, index, time.minutes(from)), back);
  };
  const chosen = (info) => {
    board.ec.unselect();
    const from = time.of(info.start);
    const staff = board.view === "week" ? { staff: board.person } : board.view === "rooms" ? { place: info.resource?.id } : { staff: info.resource?.id };
    board.send.book({ on: time.date(from), minute: time.minutes(from), minutes: time.lasts(from, time.of(info.end)), ...staff });
  };

  board.ec = window.EventCalendar.create(root, {
    ...frame(),
    view: board.view === "week" ? "timeGridWeek" : "resourceTimeGridDay",
    date: board.feed.days[0],
    firstDay: new Date(`${board.feed.days[0]}T12:00:00Z`).getUTCDay(),
    height: "100%",
    locale: document.documentElement.lang,
    columnWidth: board.view === "week" ? "minmax(92px, 1fr)" : "minmax(124px, 1fr)",
    allDaySlot: false,
    editable: board.mayWrite,
    selectable: board.mayWrite,
    slotEventOverlap: false,
    eventLongPressDelay: 400,
    selectLongPressDelay: 500,
    selectMinDistance: 8,
    slotDuration: { minutes: board.slot },
    snapDuration: { minutes: board.grid },
    slotLabelInterval: "01:00",
    slotLabelFormat: (at) => `${String(at.getHours()).padStart(2, "0")}:00`,
    dayHeaderFormat: (at) => board.cards.dayHead(at),
    headerToolbar: { start: "", center: "", end: "" },
    events: [],
    eventContent: board.cards.content,
    eventClassNames: board.cards.classes,
    resourceLabelContent: board.cards.head,
    eventDragStart: grab,
    eventResizeStart: grab,
    eventDrop: (info) => dropped(info, false),
    eventResize: (info) => dropped(info, true),
    select: chosen,
  });
  live(board);
  panel(board);
  keys(board);

  // Event Calendar calls itself a table of articles; what it holds are buttons in a region.
  const plain = () => {
    root.querySelectorAll(".ec [role=row], .ec [role=rowgroup], .ec [role=columnheader], .ec [role=cell]").forEach((node) => {
      node.setAttribute("role", "presentation");
      node.removeAttribute("aria-colindex");
      node.removeAttribute("aria-label");
    });
    root.querySelectorAll(".ec-event").forEach((node) => {
      if (node.getAttribute("role") !== "presentation") node.setAttribute("role", "presentation");
      node.removeAttribute("tabindex");
    });
    root.querySelectorAll(".ec-bg-event:not([aria-hidden])").forEach((node) => node.setAttribute("aria-hidden", "true"));
    root.querySelectorAll(".ec aside, .ec header, .ec nav, .ec section").forEach((node) => {
      if (!node.hasAttribute("role")) node.setAttribute("role", "presentation");
    });
  };
  const ec = root.querySelector(".ec");
  ec.setAttribute("role", "group");
  ec.setAttribute("aria-label", board.words.board);
  const main = board.main();
  main.tabIndex = 0;
  main.setAttribute("role", "region");
  main.setAttribute("aria-label", board.words.appointments);
  plain();
  new MutationObserver(plain).observe(root, { childList: true, subtree: true, attributes: true, attributeFilter: ["tabindex"] });

  board.live.redraw();
  board.phone.draw();
  board.reframe();
  board.panel.idle();
  let wait;
  new ResizeObserver(() => {
    clearTimeout(wait);
    wait = setTimeout(() => fitting() !== board.slotHeight && board.reframe(), 100);
  }).observe(root);

  // The morning is in sight, or now where that is later.
  const now = board.clock.now();
  const isToday = board.feed.days.includes(time.date(now));
  const minute = isToday ? time.minutes(now) - 90 : 480;
  requestAnimationFrame(() => (main.scrollTop = board.top(Math.max(board.first(), minute))));
  if (d.visit && board.visit(d.visit)) board.panel.open(d.visit, { isFocused: false });
  document.addEventListener("clinic:booked", () => board.live.ask());
  board.live.start();
  root.classList.add("is-ready");
})();
