// Booking over the page at hand: /book in a dialog. Without script the same link leads to the page.
(() => {
  let dialog;

  const script = (address) =>
    new Promise((ready, failed) => {
      if (window.wireBooking) return ready();
      const one = document.createElement("script");
      Object.assign(one, { src: address, onload: ready, onerror: failed });
      document.head.append(one);
    });
  const toast = (text) => {
    const [one, said] = [document.createElement("div"), document.createElement("span")];
    one.className = "toast";
    said.textContent = text;
    one.append(said);
    document.querySelector(".toasts")?.append(one);
    setTimeout(() => one.remove(), 8000);
  };
  const made = () => {
    const one = document.createElement("dialog");
    one.className = "dialog booking";
    one.setAttribute("aria-labelledby", "bk-title");
    one.addEventListener("close", () => one.replaceChildren());
    one.addEventListener("booked", (e) => {
      one.close();
      toast(e.detail.said);
      document.dispatchEvent(new CustomEvent("clinic:booked", { detail: e.detail }));
    });
    document.body.append(one);
    return one;
  };

  // Opens /book, with whatever its address asks for; the focus goes back where it was when it closes.
  window.openBooking = async (url) => {
    const there = new URL(url, location.href);
    const plain = there.href;
    there.searchParams.set("embed", "1");
    if (!there.searchParams.has("next")) there.searchParams.set("next", location.pathname + location.search);
    try {
      const answer = await fetch(there);
      if (answer.redirected || !answer.ok) return location.assign(plain);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const all = page.querySelector(".booking__all");
      if (!all) return location.assign(plain);
      await script(all.dataset.script);
      dialog ??= made();
      dialog.replaceChildren(document.adoptNode(all));
      window.wireSearch?.(dialog);
      if (!dialog.open) dialog.showModal();
      window.wireBooking(dialog.querySelector("form[data-booking]"));
    } catch {
      location.assign(plain);
    }
  };

  document.addEventListener("click", (e) => {
    const link = e.target instanceof Element && e.target.closest("a[href]");
    if (e.defaultPrevented || !link || e.ctrlKey || e.metaKey || e.shiftKey || e.button) return;
    const there = new URL(link.href, location.href);
    if (there.origin !== location.origin || !there.pathname.endsWith("/book") || link.closest("dialog.booking")) return;
    e.preventDefault();
    link.closest("dialog[open]")?.close(); // it stood in the list behind "More"
    window.openBooking(there.href);
  });
})();
