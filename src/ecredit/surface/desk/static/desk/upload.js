// Sends a file in pieces, so that an upload cut off goes on where it stopped. Without this file the form sends it whole.
"use strict";

(() => {
  const form = document.getElementById("send");
  if (!form || !window.fetch || !window.Blob) return;
  const PIECE = 2 * 1024 * 1024, TRIES = 6;
  const bar = form.querySelector("progress"), box = form.querySelector(".sending");
  const words = document.getElementById("sent-words"), wrong = document.getElementById("sent-wrong");
  const buttons = [...form.querySelectorAll("button")];
  const token = form.querySelector("[name=csrfmiddlewaretoken]").value;

  const size = (n) => {
    const units = ["B", "KB", "MB", "GB"];
    let unit = 0;
    while (n >= 1024 && unit < 3) { n /= 1024; unit += 1; }
    return `${unit === 0 || n >= 100 ? Math.round(n) : n.toFixed(1)} ${units[unit]}`;
  };
  const fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const wait = (ms) => new Promise((resume) => { setTimeout(resume, ms); });
  const busy = (yes) => {
    buttons.forEach((button) => { button.disabled = yes; });
    box.hidden = !yes;
    if (yes) form.setAttribute("aria-busy", "true"); else form.removeAttribute("aria-busy");
  };
  const complain = (sentence) => { wrong.textContent = sentence; wrong.hidden = !sentence; };

  class Refused extends Error {}

  const ask = async (address, method, body, headers = {}) => {
    const answer = await fetch(address, { method, body, headers: { "X-CSRFToken": token, ...headers }, credentials: "same-origin", redirect: "manual" });
    if (answer.type === "opaqueredirect") { window.location.reload(); return new Promise(() => {}); }
    const told = (answer.headers.get("Content-Type") || "").startsWith("application/json") ? await answer.json() : {};
    if (answer.ok) return told;
    if (answer.status === 409 && told.received !== undefined) return told;
    // The server is busy or away: worth another try. Anything else it said in a sentence.
    if (answer.status >= 500 || answer.status === 429 || !told.message) throw new Error(String(answer.status));
    throw new Refused(told.message);
  };

  const patiently = async (act) => {
    for (let n = 1; ; n += 1) {
      try { return await act(); } catch (error) {
        if (error instanceof Refused || n >= TRIES) throw error;
        words.textContent = form.dataset.again;
        await wait(Math.min(500 * 2 ** n, 10000));
      }
    }
  };

  const show = (received, whole) => {
    const percent = whole ? Math.floor((received * 100) / whole) : 100;
    bar.value = percent;
    words.textContent = fill(form.dataset.sending, { percent, received: size(received), size: size(whole) });
  };

  const send = async (file, act) => {
    const fields = new FormData(form);
    fields.delete("file");
    fields.set("act", act);
    fields.set("name", file.name);
    fields.set("size", file.size);
    fields.set("changed", file.lastModified);
    let place = await patiently(() => ask(form.dataset.begin, "POST", fields));
    const { piece, end, size: whole } = place;
    let received = place.received;
    if (received) { words.textContent = fill(form.dataset.goingOn, { received: size(received) }); await wait(600); }
    while (received < whole) {
      show(received, whole);
      const from = received;
      place = await patiently(() => ask(`${piece}?offset=${from}`, "PUT", file.slice(from, from + PIECE), { "Content-Type": "application/octet-stream" }));
      received = place.received;
    }
    show(whole, whole);
    words.textContent = form.dataset.checking;
    bar.removeAttribute("value");
    const { page } = await patiently(() => ask(end, "POST", new FormData()));
    window.location.assign(page);
  };

  form.addEventListener("submit", async (event) => {
    const file = form.querySelector("[type=file]").files[0];
    if (!file) return;
    event.preventDefault();
    complain("");
    busy(true);
    try {
      await send(file, (event.submitter && event.submitter.value) || "send");
    } catch (error) {
      busy(false);
      words.textContent = "";
      complain(error instanceof Refused ? error.message : form.dataset.stopped);
    }
  });
  // Back from the next page the form is to be used again.
  window.addEventListener("pageshow", () => { busy(false); words.textContent = ""; });
})();
