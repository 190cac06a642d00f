// The desk works without this file. It closes menus that are in the way and asks before what cannot be undone.
"use strict";

(() => {
  const menu = document.querySelector("details.menu");
  const narrow = window.matchMedia("(max-width: 60rem)");
  const fit = () => { if (menu) menu.open = !narrow.matches; };
  fit();
  narrow.addEventListener("change", fit);

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.querySelector("details.who[open]");
    if (open) { open.open = false; open.querySelector("summary").focus(); }
  });
  document.addEventListener("click", (event) => {
    const open = document.querySelector("details.who[open]");
    if (open && !open.contains(event.target)) open.open = false;
  });

  // A form that says `data-ask` is sent only when its question was answered with yes.
  document.addEventListener("submit", (event) => {
    const question = event.target.dataset.ask;
    if (question && !window.confirm(question)) event.preventDefault();
  });
  // A select that says `data-goes` sends its form at once.
  document.addEventListener("change", (event) => {
    if (event.target.matches("select[data-goes]")) event.target.form.requestSubmit();
  });
})();
