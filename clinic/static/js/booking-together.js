// Booking several: each choice is answered by the server; what was typed goes along.
(() => {
  const form = document.querySelector("form[data-together]");
  if (!form) return;
  const again = () => form.requestSubmit(form.querySelector("[name=refresh]"));
  form.addEventListener("change", (e) => {
    if (/^(variant-|therapist-|kind$|on$|client-)/.test(e.target.name ?? "")) again();
  });
})();
