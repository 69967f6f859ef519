// Quick exit: replaces this page, so that "back" does not return to it. The link works without us.
"use strict";
(() => {
  const leave = document.getElementById("leave");
  if (!leave) return;
  const go = (event) => {
    event.preventDefault();
    document.body.replaceChildren();
    window.location.replace(leave.href);
  };
  leave.addEventListener("click", go);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") go(event);
  });
})();
