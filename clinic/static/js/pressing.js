// What is late or due today, fetched once the page is drawn: the board and the day are drawn for everybody alike.
(() => {
  const box = document.querySelector("[data-pressing]");
  const load = async () => {
    const answer = await fetch(box.dataset.pressing, { headers: { "X-Requested-With": "fetch" } });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    box.replaceChildren(...page.body.children);
    box.hidden = !box.childElementCount;
  };
  if (box) addEventListener("load", () => load().catch(() => null));
})();
