// Quick exit: replaces this page, so that "back" does not return to it. Going on inside the page
// replaces it too, so that all that was written, sent and looked up is one step of the way back.
// Nothing depends on us: without scripts links are links, and forms are forms.
"use strict";
(() => {
  const exit = () => document.getElementById("leave");
  const leave = (event) => {
    if (!exit()) return;
    event.preventDefault();
    const away = exit().href;
    document.body.replaceChildren();
    window.location.replace(away);
  };
  const settle = () => {
    const hint = document.getElementById("leave-hint");
    if (hint) hint.hidden = false;
  };
  const show = (html) => {
    const told = new DOMParser().parseFromString(html, "text/html");
    for (const name of ["lang", "dir"]) {
      document.documentElement.setAttribute(name, told.documentElement.getAttribute(name));
    }
    document.title = told.title;
    const first = told.querySelector("[autofocus]") || told.getElementById("main");
    first.removeAttribute("autofocus"); // we do it: a browser does so for whole pages only
    document.body.replaceWith(document.adoptNode(told.body));
    window.scrollTo(0, 0);
    first.focus();
    settle();
  };
  const send = async (form) => {
    form.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        cache: "no-store",
        credentials: "same-origin", // there are none; without it nothing would be cleared
        redirect: "error",
      });
      const kind = answer.headers.get("content-type") || "";
      if (!kind.startsWith("text/html")) throw new TypeError("not a page of ours");
      show(await answer.text());
    } catch {
      form.submit(); // as without scripts; the same note sent twice is taken once
    }
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link) return;
    if (link === exit()) return leave(event);
    if (!link.hasAttribute("data-here") || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    window.location.replace(link.href);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.hasAttribute("data-here")) return;
    event.preventDefault();
    if (event.target.getAttribute("aria-busy") !== "true") send(event.target);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") leave(event);
  });
  settle();
})();
