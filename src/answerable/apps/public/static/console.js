// The console's keys. Everything works without them; no key decides anything by itself.
"use strict";
(() => {
  const OFF = "answerable-keys-off";
  const dialog = document.getElementById("keys");
  const steps = () => [...document.querySelectorAll("[data-step]")];
  const off = () => sessionStorage.getItem(OFF) === "1";

  function move(by) {
    const all = steps();
    if (all.length === 0) return;
    const here = all.indexOf(document.activeElement);
    const next = here < 0 ? (by > 0 ? 0 : all.length - 1) : here + by;
    const to = all[Math.min(all.length - 1, Math.max(0, next))];
    to.focus();
    to.scrollIntoView({ block: "center" });
  }

  async function copy(button) {
    let done = false;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      done = true;
    } catch {
      const shown = document.getElementById(button.dataset.shown);
      if (shown) getSelection().selectAllChildren(shown);
    }
    button.textContent = done ? "Copied" : "Selected";
    if (done) button.closest("tr").classList.add("done");
  }

  function writing(target) {
    return target.closest("textarea, select, dialog, input:not([type=radio]):not([type=checkbox])");
  }

  document.addEventListener("keydown", (event) => {
    const kind = event.target.closest("input[type=radio], input[type=checkbox]");
    if (event.key === "Enter" && kind) event.preventDefault();
    if (event.ctrlKey || event.altKey || event.metaKey || writing(event.target)) return;
    if (event.key === "?" && dialog) {
      event.preventDefault();
      dialog.showModal();
      return;
    }
    if (off()) return;
    if (event.key === "j" || event.key === "k") {
      event.preventDefault();
      move(event.key === "j" ? 1 : -1);
      return;
    }
    const radio = document.querySelector(`input[data-key="${CSS.escape(event.key)}"]`);
    if (radio) {
      event.preventDefault();
      radio.checked = true;
      radio.focus();
      radio.scrollIntoView({ block: "center" });
    }
  });

  document.addEventListener("click", (event) => {
    const asked = event.target.closest("[data-does]");
    if (!asked) return;
    if (asked.dataset.does === "tick-strong") {
      for (const box of document.querySelectorAll("input[data-strong]")) box.checked = true;
    } else if (asked.dataset.does === "keys-help" && dialog) {
      dialog.showModal();
    } else if (asked.dataset.does === "copy") {
      copy(asked);
    } else if (asked.dataset.does === "keys-off") {
      sessionStorage.setItem(OFF, off() ? "0" : "1");
      asked.setAttribute("aria-pressed", String(off()));
    }
  });

  const toggle = document.querySelector("[data-does=keys-off]");
  if (toggle) toggle.setAttribute("aria-pressed", String(off()));
  for (const shown of document.querySelectorAll("[data-scripted]")) shown.hidden = false;
  const first = document.querySelector("[data-focus]");
  if (first) first.focus();
})();
