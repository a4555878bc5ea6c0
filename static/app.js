// What HTML and htmx cannot do alone. Every element starts in connectedCallback, so it works after any swap, and
// without script its content is a working form. Nothing here keeps an element: Back replaces the whole body.

// Trusted Types: htmx parses our own answers; a <script> inside one is emptied instead of run.
const policy = window.trustedTypes?.createPolicy("latchkey", { createHTML: (html) => html, createScript: () => "" });
window.htmx?.registerExtension("latchkey", { init(api) { if (policy) api.initSecurity(policy); } });

const byId = (id) => document.getElementById(id);

function announce(sentence) {
  const region = byId("announce");
  region.textContent = "";
  setTimeout(() => { region.textContent = sentence; }, 50); // a change is read out, the same text again is not
}

function toast(kind, sentence) {
  const box = document.createElement("div");
  const text = document.createElement("p");
  box.className = `alert alert-soft alert-${kind}`;
  box.dataset.toast = kind;
  text.textContent = sentence;
  box.append(text);
  byId("toasts").append(box);
}

// Shows a password, and says how strong a new one is.
customElements.define("password-field", class extends HTMLElement {
  connectedCallback() {
    this.querySelector("button").hidden = false;
    const strength = this.querySelector("[data-strength]");
    if (strength) this.addEventListener("input", () => this.judge(strength));
    this.addEventListener("click", this);
  }
  handleEvent(event) {
    const button = event.target.closest("button");
    if (!button) return;
    const input = this.querySelector("input");
    const show = input.type === "password";
    input.type = show ? "text" : "password";
    button.setAttribute("aria-pressed", show);
  }
  judge(strength) {
    const { value } = this.querySelector("input");
    const level = levelOf(value);
    strength.hidden = value === "";
    strength.querySelector("meter").value = level;
    strength.querySelector("span").textContent = ["Weak", "Weak", "Fair", "Good", "Strong"][level];
  }
});

// A rough guess of the bits in a password, from 0 to 4. The server's rules are the only ones.
function levelOf(password) {
  const kinds = [[/[a-z]/, 26], [/[A-Z]/, 26], [/[0-9]/, 10], [/[^a-zA-Z0-9]/, 30]];
  const pool = kinds.reduce((sum, [kind, size]) => sum + (kind.test(password) ? size : 0), 0);
  const fresh = [...password].filter((c, i, all) => c !== all[i - 1] && c.charCodeAt() !== all[i - 1]?.charCodeAt() + 1);
  const bits = (new Set(fresh).size + fresh.length) / 2 * Math.log2(pool || 1);
  return password.length < 8 ? 0 : bits < 40 ? 1 : bits < 55 ? 2 : bits < 75 ? 3 : 4;
}

// Takes a pasted code as it comes: "123 456", "123-456".
customElements.define("otp-input", class extends HTMLElement {
  connectedCallback() {
    this.addEventListener("input", ({ target }) => {
      const plain = target.value.replace(/[\s-]/g, "");
      if (plain !== target.value) target.value = plain;
    });
  }
});

// Runs the ceremony of a passkey and sends its form with the outcome. Where the browser has no passkeys the style sheet
// hides the choice. One ceremony runs at a time: the one that waits in the autofill gives way.
let ceremony;
customElements.define("passkey-form", class extends HTMLElement {
  connectedCallback() {
    if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) return this.setAttribute("without", "");
    this.form = this.closest("form");
    this.form.addEventListener("submit", this, true); // before htmx
    if ("autofill" in this.dataset) this.autofill();
  }
  disconnectedCallback() {
    clearTimeout(this.timer);
    this.control?.abort();
  }
  handleEvent(event) {
    if (this.form.elements.credential.value) return; // done: off it goes
    event.preventDefault();
    event.stopImmediatePropagation();
    this.run();
  }
  async autofill() {
    const before = this.control; // a click meanwhile goes first
    if (await PublicKeyCredential.isConditionalMediationAvailable?.() && this.isConnected && this.control === before) this.run("conditional");
  }
  async run(mediation) {
    clearTimeout(this.timer);
    ceremony?.abort();
    const { signal } = ceremony = this.control = new AbortController();
    try {
      const answer = await fetch(this.dataset.options, { method: "post", redirect: "manual", body: this.copied(), signal });
      if (answer.type === "opaqueredirect") return this.send("-"); // signed out or too long ago: the server leads on
      const { publicKey, error } = await answer.json();
      if (error) return this.say(error);
      // Before its challenge is too old, the autofill asks for another.
      if (mediation) this.timer = setTimeout(() => this.autofill(), publicKey.timeout * 0.8);
      this.send(JSON.stringify(publicKey.user
        ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey), signal })
        : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey), mediation, signal })));
    } catch ({ name }) {
      if (signal.aborted || mediation) return; // nobody asked for it
      this.say(name === "InvalidStateError" ? "This account already has that passkey." : "That did not work. Try again, or use another way.");
      if ("autofill" in this.dataset) this.autofill();
    }
  }
  // What the page's other form says goes along.
  copied() {
    const fields = [...this.querySelectorAll("[data-copy]")];
    for (const field of fields) {
      const { type, checked, value } = byId(field.name);
      if (type === "checkbox") field.disabled = !checked; else field.value = value;
    }
    return new URLSearchParams(fields.filter((field) => !field.disabled).map(({ name, value }) => [name, value]));
  }
  send(credential) {
    this.copied();
    this.form.elements.credential.value = credential;
    this.form.requestSubmit();
  }
  say(sentence) {
    const said = this.querySelector("[data-said]");
    said.textContent = sentence;
    said.hidden = false;
    announce(sentence);
  }
});

// Tells the browser which passkeys are still good, so that it stops offering the others.
customElements.define("passkey-signal", class extends HTMLElement {
  connectedCallback() {
    window.PublicKeyCredential?.signalAllAcceptedCredentials?.(JSON.parse(this.dataset.accepted)).catch(() => {});
  }
});

customElements.define("copy-button", class extends HTMLElement {
  connectedCallback() {
    this.querySelector("button").hidden = !navigator.clipboard;
    this.addEventListener("click", this);
  }
  async handleEvent() {
    const button = this.querySelector("button");
    const source = byId(this.getAttribute("for"));
    await navigator.clipboard.writeText(source.value ?? source.textContent);
    const label = button.dataset.label ??= button.textContent;
    button.textContent = "Copied";
    announce("Copied");
    setTimeout(() => { button.textContent = label; }, 2000);
  }
});

// Keeps a secret that is shown once: in a file, or on paper.
customElements.define("keep-buttons", class extends HTMLElement {
  connectedCallback() {
    for (const button of this.querySelectorAll("button")) button.hidden = false;
    this.addEventListener("click", this);
  }
  handleEvent({ target }) {
    if (target.value === "print") return print();
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([byId(this.getAttribute("for")).value + "\n"], { type: "text/plain" }));
    link.download = this.getAttribute("file");
    link.click();
    URL.revokeObjectURL(link.href);
  }
});

customElements.define("theme-toggle", class extends HTMLElement {
  connectedCallback() { this.addEventListener("click", this); }
  handleEvent(event) {
    const button = event.target.closest("button");
    if (!button) return;
    event.preventDefault();
    const theme = button.value;
    const root = document.documentElement;
    if (theme === "system") root.removeAttribute("data-theme"); else root.setAttribute("data-theme", theme);
    document.querySelector("meta[name=color-scheme]").content = theme === "system" ? "light dark" : theme;
    for (const other of this.querySelectorAll("button")) other.setAttribute("aria-pressed", other === button);
    fetch(button.form.action, { method: "post", redirect: "manual", body: new URLSearchParams({ theme }) })
      .catch(() => toast("error", "The theme could not be saved. Check your connection and try again."));
  }
});

// A moment in the viewer's zone, or seconds counted down.
customElements.define("local-time", class extends HTMLElement {
  connectedCallback() {
    const time = this.querySelector("time");
    const seconds = /^PT(\d+)S$/.exec(time.dateTime)?.[1];
    if (seconds) return this.countDown(time, Date.now() + seconds * 1000);
    const moment = new Date(time.dateTime);
    if (isNaN(moment)) return;
    time.title = time.textContent;
    time.textContent = moment.toLocaleString("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
  }
  disconnectedCallback() { clearInterval(this.timer); }
  countDown(time, end) {
    this.timer = setInterval(() => {
      const left = Math.round((end - Date.now()) / 1000);
      if (left > 120) return; // the server's words are exact enough
      time.textContent = left > 1 ? `${left} seconds` : "a moment";
      if (left <= 1) clearInterval(this.timer);
    }, 1000);
  }
});

// The search of operators. Ctrl K or / leads to it from outside of fields; the arrows walk through what it found, which are
// links: Enter is theirs.
const slashOff = "search-without-slash";
customElements.define("command-search", class extends HTMLElement {
  connectedCallback() { document.addEventListener("keydown", this); }
  disconnectedCallback() { document.removeEventListener("keydown", this); }
  handleEvent(event) {
    if (event.isComposing) return;
    const { key, target } = event, field = byId("search-text"), found = byId("found");
    const held = event.ctrlKey || event.metaKey;
    if (held ? key === "k" && !event.shiftKey && !event.altKey : key === "/" && !event.altKey && !localStorage.getItem(slashOff)) {
      if (target.closest("input, textarea, select, dialog, [contenteditable]")) return;
      field.focus();
      field.select();
    } else if (target !== field && !found.contains(target)) {
      return;
    } else if (key === "Escape" && this.contains(found) && !found.hidden) {
      found.hidden = true;
      field.focus();
    } else if ((key === "ArrowDown" || key === "ArrowUp") && found.firstElementChild) {
      found.hidden = false;
      const stops = [field, ...found.querySelectorAll("a")];
      stops[stops.indexOf(target) + (key === "ArrowDown" ? 1 : -1)]?.focus();
    } else {
      return;
    }
    event.preventDefault();
  }
});

// Turns the / key off for this browser: whoever speaks to it must not press keys by words (WCAG 2.1.4).
customElements.define("slash-key", class extends HTMLElement {
  connectedCallback() {
    this.querySelector("input").checked = !localStorage.getItem(slashOff);
    this.addEventListener("change", ({ target }) => {
      if (target.checked) localStorage.removeItem(slashOff); else localStorage.setItem(slashOff, "1");
    });
  }
});

// Gives each toast a button, and takes it away after 8 seconds unless it is an error.
customElements.define("app-toasts", class extends HTMLElement {
  connectedCallback() {
    this.observer = new MutationObserver((changes) => {
      for (const { addedNodes } of changes) for (const node of addedNodes) if (node.dataset?.toast) this.dress(node);
    });
    this.observer.observe(this, { childList: true });
  }
  disconnectedCallback() { this.observer.disconnect(); }
  dress(node) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-ghost btn-sm";
    button.textContent = "Dismiss";
    button.addEventListener("click", () => node.remove());
    node.append(button);
    if (node.dataset.toast !== "error") setTimeout(() => node.remove(), 8000);
  }
});

// The one dialog opens when something was swapped into it; closing gives the focus back to the opener by itself.
document.addEventListener("htmx:after:swap", ({ detail }) => {
  const dialog = byId("dialog");
  if (detail.ctx.target === dialog && dialog.firstElementChild && !dialog.open) dialog.showModal();
});
document.addEventListener("click", (event) => {
  const back = event.target.closest?.("dialog [data-close]");
  if (!back) return;
  event.preventDefault();
  back.closest("dialog").close();
});
document.addEventListener("close", ({ target }) => { if (target.id === "dialog") target.replaceChildren(); }, true);

// Only what our server marked for this target may touch the page: not a proxy's error, not a hotspot's sign-in page.
document.addEventListener("htmx:before:response", (event) => {
  const { ctx } = event.detail;
  const { headers } = ctx.response;
  if (headers.has("HX-Redirect")) return keepText(ctx.sourceElement, headers.get("HX-Redirect"));
  const mark = headers.get("X-Fragment");
  if (mark === "none" || mark === (ctx.target === document.body ? "page" : ctx.target?.id)) return;
  event.preventDefault();
  noAnswer();
});
document.addEventListener("htmx:error", noAnswer);
function noAnswer() { toast("error", "No answer from the server. Check your connection and try again."); }

// Text typed into a form marked data-keep survives a sign-in: put aside when the server sends us there, given back once.
const keepKey = (form) => "keep:" + form.getAttribute("action");
const textFields = (form) => form.querySelectorAll("textarea, input[type=text]:not([autocomplete=one-time-code]), input[type=search]");

function keepText(form, to) {
  if (!form.matches?.("form[data-keep]") || !/^\/(login|reauth)\b/.test(to)) return;
  const text = Object.fromEntries([...textFields(form)].filter((f) => f.name && f.value).map((f) => [f.name, f.value]));
  if (Object.keys(text).length) sessionStorage.setItem(keepKey(form), JSON.stringify(text));
}

function giveTextBack() {
  for (const form of document.querySelectorAll("form[data-keep]")) {
    const kept = sessionStorage.getItem(keepKey(form));
    if (!kept) continue;
    sessionStorage.removeItem(keepKey(form));
    const text = JSON.parse(kept);
    for (const field of textFields(form)) if (text[field.name] && !field.value) field.value = text[field.name];
    toast("info", "Your text is back.");
  }
}
giveTextBack();

// A page from the back cache may show what a signed-out person must not see, or a form that still looks busy.
addEventListener("pageshow", ({ persisted }) => { if (persisted) location.reload(); });
