// The clinic's wall clock, as text and minutes. Nothing here asks the browser's zone: "2026-11-19T10:30:00" is what the
// clock on the clinic's wall shows, wherever the screen stands.
(() => {
  const two = (n) => String(n).padStart(2, "0");
  const date = (text) => text.slice(0, 10);
  const clock = (text) => text.slice(11, 16);
  const minutes = (text) => Number(text.slice(11, 13)) * 60 + Number(text.slice(14, 16));
  const hm = (minute) => `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
  const at = (on, minute) => `${on}T${hm(minute)}:00`;
  // The calendar hands out browser dates whose fields are the wall's.
  const of = (d) => `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}T${two(d.getHours())}:${two(d.getMinutes())}:00`;
  const asUtc = (text) => Date.parse(`${text.slice(0, 19)}Z`);
  const lasts = (from, to) => Math.round((asUtc(to) - asUtc(from)) / 60000);
  const later = (text, minute) => new Date(asUtc(text) + minute * 60000).toISOString().slice(0, 19);
  const words = (options) => {
    const format = new Intl.DateTimeFormat(document.documentElement.lang, { ...options, timeZone: "UTC" });
    return (on) => format.format(new Date(`${on.slice(0, 10)}T12:00:00Z`));
  };
  const weekday = words({ weekday: "short" });
  const number = words({ day: "numeric" });

  // What the clinic's clock showed when the page was made, and what has passed since.
  const running = (wall, began = Date.now()) => ({ now: () => new Date(asUtc(wall) + Date.now() - began).toISOString().slice(0, 19) });

  window.Board = { time: { date, clock, minutes, hm, at, of, lasts, later, weekday, number, running } };
})();
