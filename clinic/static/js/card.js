// The room card: how long the session still lasts, or is over.
"use strict";
(() => {
  const timer = document.querySelector("[data-card-timer]");
  if (!timer) return;
  const said = timer.querySelector("[data-said]");
  const tick = () => {
    const left = Math.round((timer.dataset.cardTimer - Date.now() / 1000) / 60);
    const words = left < 0 ? timer.dataset.over : timer.dataset.left;
    const text = words.replace("{n}", Math.abs(left));
    if (said.textContent !== text) said.textContent = text;
    timer.classList.toggle("is-over", left < 0);
  };
  tick();
  setInterval(tick, 5000);
})();
