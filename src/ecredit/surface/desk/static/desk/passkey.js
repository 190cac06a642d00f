// Passkeys: the one thing here that cannot be done without JavaScript; a code from the telephone can.
"use strict";

(() => {
  const form = document.querySelector("form[data-passkey]");
  if (!form || !window.allauth) return;
  const data = JSON.parse(form.dataset.options);
  const said = document.getElementById("passkey-said");
  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    said.textContent = form.dataset.wrong;
    said.hidden = false;
  });
  const forms = window.allauth.webauthn.forms;
  if (form.dataset.passkey === "add") {
    forms.addForm({ ids: { add: "passkey-go", credential: "passkey-credential" }, data: { creation_options: data } });
  } else {
    forms.authenticateForm({ ids: { authenticate: "passkey-go", credential: "passkey-credential" }, data: { request_options: data } });
  }
})();
