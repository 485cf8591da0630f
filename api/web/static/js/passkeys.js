// Passkeys: asks the server what to ask the device, puts the device's answer into the form and sends it as any other.
// Buttons that need this stay hidden where there is no script, or no such device.
(function () {
  "use strict";
  if (!window.PublicKeyCredential || !navigator.credentials) return;

  function bytes(text) {
    var plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, function (character) { return character.charCodeAt(0); });
  }

  function text(buffer) {
    var plain = String.fromCharCode.apply(null, new Uint8Array(buffer));
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function readable(options) {
    options.challenge = bytes(options.challenge);
    if (options.user) options.user.id = bytes(options.user.id);
    (options.allowCredentials || options.excludeCredentials || []).forEach(function (one) { one.id = bytes(one.id); });
    return { publicKey: options };
  }

  function sendable(credential) {
    var given = credential.response;
    var response = { clientDataJSON: text(given.clientDataJSON) };
    ["attestationObject", "authenticatorData", "signature", "userHandle"].forEach(function (name) {
      if (given[name]) response[name] = text(given[name]);
    });
    if (given.getTransports) response.transports = given.getTransports();
    var id = text(credential.rawId);
    return JSON.stringify({ id: id, rawId: id, type: credential.type, response: response });
  }

  function words(error) {
    if (error.name === "NotAllowedError" || error.name === "AbortError") {
      return "Nothing was sent: it was cancelled, or took too long.";
    }
    if (error.name === "InvalidStateError") return "This device has a passkey for your account already.";
    return error.told || "That did not work. Try again, or choose another way.";
  }

  async function ask(form) {
    var token = form.elements.namedItem("csrf_token");
    var headers = { "Content-Type": "application/json", Accept: "application/json" };
    if (token) headers["X-CSRF-Token"] = token.value;
    var answer = await fetch(form.dataset.options, { method: "POST", headers: headers, body: form.dataset.ask || "{}" });
    var told = await answer.json();
    if (!answer.ok) throw Object.assign(new Error("refused"), { told: told.error && told.error.message });
    return readable(told);
  }

  async function carryOut(form) {
    var says = form.querySelector("[data-says]");
    says.textContent = "";
    form.setAttribute("aria-busy", "true");
    try {
      var options = await ask(form);
      var made = form.dataset.passkey === "create"
        ? await navigator.credentials.create(options)
        : await navigator.credentials.get(options);
      form.elements.namedItem("credential").value = sendable(made);
      HTMLFormElement.prototype.submit.call(form);
    } catch (error) {
      says.textContent = words(error);
    } finally {
      form.removeAttribute("aria-busy");
    }
  }

  document.querySelectorAll("form[data-passkey]").forEach(function (form) {
    (form.closest("[data-needs-passkeys]") || form).hidden = false;
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      if (form.getAttribute("aria-busy") !== "true") carryOut(form);
    });
  });
  document.querySelectorAll("[data-without-passkeys]").forEach(function (one) { one.hidden = true; });
})();
