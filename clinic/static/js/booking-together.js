// Booking several: each choice is answered at once by the same form, sent in the background.
(() => {
  const form = document.querySelector("form[data-together]");
  if (!form) return;
  const IN_PLACE = "[name=refresh], [name=more], [name=fewer], [name=clear]";
  let [asked, isPlain] = [undefined, false];

  const again = async (button) => {
    asked?.abort();
    asked = new AbortController();
    const sent = button ? new FormData(form, button) : new FormData(form);
    sent.set("refresh", "1");
    try {
      const answer = await fetch(form.action, { method: "POST", body: sent, signal: asked.signal });
      if (answer.status === 401 || answer.redirected) return location.reload();
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("form[data-together]");
      if (!fresh) return leave();
      const focus = document.activeElement?.id ?? "";
      const top = form.querySelector(".bookpage__body").scrollTop;
      form.replaceChildren(...document.adoptNode(fresh).childNodes);
      window.wireSearch?.(form);
      form.querySelector(".bookpage__body").scrollTop = top;
      // somebody was picked: on to what they come for
      const goal = document.getElementById(focus) ?? document.getElementById(focus.replace("client-", "variant-"));
      (goal ?? form.querySelector("[name=opening]:checked, select"))?.focus({ preventScroll: true });
    } catch (e) {
      if (e.name !== "AbortError") leave();
    }
  };
  const leave = () => {
    isPlain = true;
    form.querySelector("[name=refresh]").click();
  };

  form.addEventListener("change", (e) => {
    if (/^(variant-|therapist-|kind$|on$|client-)/.test(e.target.name ?? "")) again();
  });
  form.addEventListener("submit", (e) => {
    if (isPlain || (e.submitter && !e.submitter.matches(IN_PLACE))) return;
    e.preventDefault();
    again(e.submitter);
  });
})();
