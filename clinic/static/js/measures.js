// The table of movements in a note: what the session changed is said while it is typed.
(() => {
  for (const table of document.querySelectorAll("[data-movements]")) {
    const { better, worse, same } = table.dataset;
    const number = (text) => (/^\s*\d{1,3}\s*$/.test(text) ? Number(text) : Number.NaN);
    const said = (row, by) => {
      const word = by === 0 ? same : by > 0 === (row.dataset.better === "high") ? better : worse;
      return by === 0 ? word : `${by > 0 ? "+" : "−"}${Math.abs(by)}${row.dataset.unit} ${word}`;
    };
    table.addEventListener("input", (event) => {
      const row = event.target.closest("tr[data-better]");
      if (!row) return;
      const [before, after] = [...row.querySelectorAll("input.input")].map((one) => number(one.value));
      const by = after - before;
      row.querySelector("[data-change]").textContent = Number.isNaN(by) ? "" : said(row, by);
    });
  }
})();
