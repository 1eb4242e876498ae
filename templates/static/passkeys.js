/* Passkeys (W3C Web Authentication Level 3): the one thing that a page cannot do without a script. What it needs is hidden until
   the script finds that there can be passkeys; then it asks the browser for one, and sends the form. */
const box = document.getElementById("passkey");
const form = box.querySelector("form");
const status = document.getElementById("passkey-status");
const { options, kind } = box.dataset;
const supports = window.PublicKeyCredential && typeof PublicKeyCredential.parseRequestOptionsFromJSON === "function";
let pending = null;

/* One request at a time: the one that waits behind the input's suggestions ends when the button is pressed. */
async function ask(mediation) {
  pending?.abort();
  const abort = (pending = new AbortController());
  const request = { signal: abort.signal, ...(mediation && { mediation }) };
  if (kind === "create") {
    request.publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(JSON.parse(options));
    return navigator.credentials.create(request);
  }
  request.publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(options));
  return navigator.credentials.get(request);
}

function send(credential) {
  form.elements.credential.value = JSON.stringify(credential.toJSON());
  HTMLFormElement.prototype.submit.call(form);
}

async function suggest() {
  if (kind === "create" || !(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  try {
    send(await ask("conditional"));
  } catch {
    /* Nobody chose one; the button is still there. */
  }
}

if (supports) {
  box.hidden = false;
  if (kind === "create") form.querySelector("button").focus();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    status.textContent = "";
    try {
      send(await ask());
    } catch (error) {
      status.textContent = error.name === "InvalidStateError" ? status.dataset.known : status.dataset.failed;
      suggest();
    }
  });
  suggest();
} else {
  const missing = document.getElementById("passkey-unsupported");
  if (missing) missing.hidden = false;
}
