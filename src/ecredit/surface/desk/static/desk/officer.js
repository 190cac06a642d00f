// Keys for whoever judges many rows: a key presses what says it. Without this file the same works by accesskey.
// They can be switched off, because a person who dictates or types elsewhere would press them unawares (WCAG 2.1.4).
"use strict";

(() => {
  const KEPT = "desk-keys";
  const control = document.getElementById("keys-switch");
  let on = true;
  try { on = localStorage.getItem(KEPT) !== "off"; } catch { /* nothing is kept where nothing may be */ }

  const say = () => {
    if (!control) return;
    control.hidden = false;
    control.textContent = on ? control.dataset.on : control.dataset.off;
    control.setAttribute("aria-pressed", String(on));
    document.body.classList.toggle("keys-off", !on);
  };
  if (control) {
    control.addEventListener("click", () => {
      on = !on;
      try { localStorage.setItem(KEPT, on ? "on" : "off"); } catch { /* as above */ }
      say();
    });
  }
  say();

  let pressed = false;
  document.addEventListener("keydown", (event) => {
    if (!on || pressed || event.repeat || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const wanted = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
    if (!wanted) return;
    event.preventDefault();
    pressed = true; // one answer a page, however long the key is held
    wanted.click();
  });
  window.addEventListener("pageshow", () => { pressed = false; });
})();
