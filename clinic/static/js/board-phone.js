// One column at a time where there is no room for more: a picker, and a swipe for the day before or after.
(() => {
  const { el } = window.Board;
  const FAR = 70;

  const wire = (board) => {
    const bar = document.getElementById("board-people");
    const narrow = matchMedia("(max-width: 720px)");

    const isNeeded = () => narrow.matches || board.view === "week";
    const choices = () => (board.view === "rooms" ? board.feed.rooms : board.feed.people);
    const draw = () => {
      bar.hidden = !isNeeded() || !choices().length;
      if (bar.hidden) return;
      const focus = bar.contains(document.activeElement);
      bar.replaceChildren(
        ...choices().map((one) => {
          const button = el("button", "choice");
          button.type = "button";
          if (one.id === board.person) button.setAttribute("aria-current", "true");
          if (one.initials) {
            const face = el("span", `avatar avatar--${one.hue} avatar--sm`, one.initials);
            face.setAttribute("aria-hidden", "true");
            button.append(face);
          }
          button.append(narrow.matches ? one.title.split(" ")[0] : one.title);
          button.addEventListener("click", () => choose(one.id));
          return button;
        }),
      );
      if (focus) bar.querySelector("[aria-current]")?.focus();
    };
    const choose = (id) => {
      board.person = id;
      const url = new URL(location.href);
      url.searchParams.set("who", id);
      history.replaceState(history.state, "", url);
      document.querySelectorAll("[data-keeps-who]").forEach((link) => {
        const to = new URL(link.href);
        to.searchParams.set("who", id);
        link.href = to;
      });
      draw();
      board.reframe();
      board.live.redraw();
    };
    narrow.addEventListener("change", () => {
      draw();
      board.reframe();
      board.live.redraw();
    });

    // A finger drawn across turns the day, unless it holds a card or the board itself scrolls that way.
    let from;
    board.root.addEventListener("touchstart", (e) => (from = e.touches.length === 1 ? e.touches[0] : undefined), { passive: true });
    board.root.addEventListener(
      "touchend",
      (e) => {
        const to = e.changedTouches[0];
        const isFree = from && !board.isBusy && !board.keys.isMoving();
        const main = board.main();
        if (!isFree || main.scrollWidth > main.clientWidth + 1) return;
        const [x, y] = [to.clientX - from.clientX, to.clientY - from.clientY];
        if (Math.abs(x) < FAR || Math.abs(y) > Math.abs(x) / 2) return;
        document.querySelector(x < 0 ? "[data-turn=next]" : "[data-turn=previous]")?.click();
      },
      { passive: true },
    );
    board.phone = { draw, isNarrow: () => narrow.matches };
  };

  window.Board.phone = wire;
})();
