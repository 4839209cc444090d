// Keyboard shortcuts, and page changes without a flash. Forms and links work without this file.
"use strict";

const FIELDS = ["INPUT", "TEXTAREA", "SELECT"];

function keysWork() {
  try {
    return localStorage.getItem("keys") !== "off";
  } catch {
    return true;
  }
}

async function show(address, options, push) {
  let answer, text;
  try {
    answer = await fetch(address, { credentials: "same-origin", ...options });
    text = await answer.text();
  } catch {
    showOffline();
    return;
  }
  const fresh = new DOMParser().parseFromString(text, "text/html");
  document.title = fresh.title || document.title;
  document.body.replaceWith(fresh.body);
  if (push) history.pushState({}, "", answer.headers.get("Content-Location") ?? answer.url);
  arrive();
}

// One message at the top when the server does not answer; the page and typed text stay.
function showOffline() {
  if (document.getElementById("offline")) return;
  document.body.insertAdjacentHTML(
    "afterbegin",
    '<p id="offline" class="clash" role="alert">No connection to the server. Is listkeeper review still running? Your decisions are saved.</p>',
  );
}

// The address of the worklist's page that was left last; every other page has a link back to it.
let candidate = "";

function arrive() {
  scrollTo(0, 0);
  document.querySelector("main h1")?.focus({ preventScroll: true });
  document.querySelectorAll("[data-close]").forEach((button) => { button.hidden = false; });
  const box = document.getElementById("keys");
  if (box) box.checked = keysWork();
  const back = document.querySelector("[data-back]");
  if (!back) candidate = location.href;
  else if (candidate) back.href = candidate;
  // Not in the page: without this script there are no keys.
  if (keysWork()) document.querySelectorAll("[data-key]").forEach((one) => { one.ariaKeyShortcuts = one.dataset.key; });
  if (!CSS.supports("field-sizing", "content")) document.querySelectorAll("textarea").forEach(fit);
  const current = document.querySelector('.lines [aria-current]');
  const side = document.querySelector("aside");
  // Scroll only the side list, if it has its own scroll bar, and never the page.
  if (current && side.scrollHeight > side.clientHeight) side.scrollTop = current.offsetTop - side.clientHeight / 2;
}

function fit(field) {
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + 4}px`;
}

function busy(on) {
  document.documentElement.toggleAttribute("data-busy", on);
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  event.preventDefault();
  if (document.documentElement.hasAttribute("data-busy")) return;
  busy(true);
  try {
    const fields = new URLSearchParams(new FormData(form, event.submitter));
    // A field named "action" or "method" would hide the form's own property.
    const address = form.getAttribute("action");
    if (form.closest("#panel")) {
      const sent = { method: "POST", body: fields };
      await openPanel(form.getAttribute("method") === "get" ? `${address}?${fields}` : address, form.getAttribute("method") === "get" ? {} : sent);
    } else if (form.getAttribute("method") === "get") {
      await show(`${address}?${fields}`, {}, true);
    } else {
      await show(address, { method: "POST", body: fields, headers: { "X-At-Once": "1" } }, true);
    }
  } finally {
    busy(false);
  }
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  const plain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.button);
  if (!link || !plain || link.target || link.origin !== location.origin) return;
  if (link.matches("[data-panel]") || (link.closest("#panel") && link.pathname.endsWith("/rules"))) {
    event.preventDefault();
    openPanel(link.href, {});
    return;
  }
  if (link.hash && link.pathname === location.pathname) return;
  event.preventDefault();
  show(link.href, {}, true);
});

// The rules beside the candidate: the page stays, and without this file the link leads to them.
async function openPanel(address, options) {
  const panel = document.getElementById("panel");
  let text;
  try {
    text = await (await fetch(address, { credentials: "same-origin", ...options })).text();
  } catch {
    showOffline();
    return;
  }
  const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("main");
  const close = document.createElement("button");
  close.textContent = "Close the rules";
  close.addEventListener("click", closePanel);
  panel.replaceChildren(close, ...fresh.children);
  panel.querySelectorAll("[data-key]").forEach((one) => one.removeAttribute("data-key"));
  panel.querySelector("h1")?.remove();
  panel.hidden = false;
  document.querySelector("aside").scrollTop = 0;
  panel.scrollIntoView({ block: "nearest" });
  panel.querySelector("input[name=word]")?.focus({ preventScroll: true });
}

function closePanel() {
  const panel = document.getElementById("panel");
  if (!panel || panel.hidden) return;
  panel.hidden = true;
  panel.replaceChildren();
  document.querySelector("main h1")?.focus({ preventScroll: true });
}

// A filter is applied as it is chosen; without this file it has its button.
document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-auto]");
  if (form) form.requestSubmit();
});

// After a section is chosen with Enter the keys work again.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches(".section-choice select")) {
    event.preventDefault();
    document.querySelector("main h1").focus({ preventScroll: true });
  }
});

// The entry as its reader will see it, while it is typed.
let typing = 0;
document.addEventListener("input", (event) => {
  if (event.target.name !== "entry") return;
  clearTimeout(typing);
  typing = setTimeout(() => preview(event.target), 120);
});

async function preview(field) {
  const timer = typing;
  const address = field.form.getAttribute("action").replace(/item\/.*/, "preview");
  let text;
  try {
    text = await (await fetch(address, { method: "POST", credentials: "same-origin", body: new URLSearchParams({ entry: field.value }) })).text();
  } catch {
    showOffline();
    return;
  }
  if (timer === typing && field.isConnected) document.getElementById("preview").innerHTML = text;
}

// The rules form: show the effect of a word while it is typed.
let typed = 0;
document.addEventListener("input", (event) => {
  const form = event.target.closest("[data-live]");
  if (!form) return;
  clearTimeout(typed);
  typed = setTimeout(() => retry(form), 120);
});

async function retry(form) {
  const timer = typed;
  const address = `${form.getAttribute("action")}?${new URLSearchParams(new FormData(form))}`;
  let text;
  try {
    text = await (await fetch(address, { credentials: "same-origin" })).text();
  } catch {
    showOffline();
    return;
  }
  // Later typing has a request of its own.
  if (timer !== typed || !form.isConnected) return;
  const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("effect");
  if (fresh) document.getElementById("effect").replaceWith(fresh);
  if (!form.closest("#panel")) history.replaceState({}, "", address);
}

document.addEventListener("change", (event) => {
  if (event.target.id !== "keys") return;
  try {
    localStorage.setItem("keys", event.target.checked ? "on" : "off");
  } catch {
    // Without storage the keys stay on.
  }
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]")) leave();
  // "other" asks for words first; Enter in the box rejects, with or without any.
  if (event.target.closest("[data-words]") && !words().value.trim()) {
    event.preventDefault();
    words().focus();
  }
});

function words() {
  const box = document.querySelector(".reject [name=words]");
  box.closest("details").open = true;
  return box;
}

function isTyping() {
  const active = document.activeElement;
  return FIELDS.includes(active?.tagName) && active.type !== "checkbox";
}

// Leave the rules, the reasons or a field; whether there was any of them.
function leave() {
  const open = document.querySelector(".reject[open]");
  const left = Boolean(open) || isTyping() || document.getElementById("panel")?.hidden === false;
  closePanel();
  document.activeElement?.blur();
  if (open) {
    // Words left here would go with the next reason.
    words().value = "";
    open.open = false;
    open.querySelector("summary").focus();
  }
  return left;
}

function goTo(goal) {
  if (goal.tagName === "SUMMARY") {
    goal.parentElement.open = true;
    goal.parentElement.querySelector("button").focus();
  } else if (FIELDS.includes(goal.tagName)) {
    goal.focus();
  } else {
    goal.click();
  }
}

document.addEventListener("keydown", (event) => {
  const isBusy = document.documentElement.hasAttribute("data-busy");
  const back = document.querySelector("[data-back]");
  if (event.key === "Escape" && !event.isComposing && !leave() && back && !isBusy) back.click();
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
  if (!keysWork() || isTyping()) return;
  const goal = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (document.querySelector(".reject[open]") && event.key.length === 1 && event.key !== " " && !goal?.closest(".reject fieldset")) {
    // A letter begins a reason of one's own: the box takes it.
    words().focus();
    return;
  }
  if (!goal) return;
  event.preventDefault();
  // The key of this page leads back from it.
  if (!isBusy) goTo(goal.ariaCurrent === "page" && back ? back : goal);
});

addEventListener("popstate", () => show(location.href, {}, false));
arrive();
