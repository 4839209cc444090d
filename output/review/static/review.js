// Keys, and the next page without a flash. Everything works without this file, by forms and links.
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
    silent();
    return;
  }
  const fresh = new DOMParser().parseFromString(text, "text/html");
  document.title = fresh.title || document.title;
  document.body.replaceWith(fresh.body);
  if (push) history.pushState({}, "", answer.headers.get("Content-Location") ?? answer.url);
  arrive();
}

// The server is gone: said once, above everything; the page and what was typed stay.
function silent() {
  if (document.getElementById("silent")) return;
  document.body.insertAdjacentHTML(
    "afterbegin",
    '<p id="silent" class="clash" role="alert">The page does not answer: is listkeeper review still running? Nothing was lost.</p>',
  );
}

function arrive() {
  scrollTo(0, 0);
  document.querySelector("main h1")?.focus({ preventScroll: true });
  const box = document.getElementById("keys");
  if (box) box.checked = keysWork();
  if (!CSS.supports("field-sizing", "content")) document.querySelectorAll("textarea").forEach(fit);
  const here = document.querySelector('.lines [aria-current]');
  const side = document.querySelector("aside");
  // Only the list itself is scrolled, where it has a bar of its own: never the page.
  if (here && side.scrollHeight > side.clientHeight) side.scrollTop = here.offsetTop - side.clientHeight / 2;
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
    const said = new URLSearchParams(new FormData(form, event.submitter));
    // A field named "action" or "method" would hide the form's own.
    const address = form.getAttribute("action");
    if (form.getAttribute("method") === "get") {
      await show(`${address}?${said}`, {}, true);
    } else {
      await show(address, { method: "POST", body: said, headers: { "X-At-Once": "1" } }, true);
    }
  } finally {
    busy(false);
  }
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  const plain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.button);
  if (!link || !plain || link.target || link.origin !== location.origin) return;
  if (link.hash && link.pathname === location.pathname) return;
  event.preventDefault();
  show(link.href, {}, true);
});

// The rule box: what a word would move is shown while it is typed.
let typed = 0;
document.addEventListener("input", (event) => {
  const form = event.target.closest("[data-live]");
  if (!form) return;
  clearTimeout(typed);
  typed = setTimeout(() => retry(form), 120);
});

async function retry(form) {
  const mine = typed;
  const address = `${form.getAttribute("action")}?${new URLSearchParams(new FormData(form))}`;
  let text;
  try {
    text = await (await fetch(address, { credentials: "same-origin" })).text();
  } catch {
    silent();
    return;
  }
  // What was typed meanwhile has its own answer.
  if (mine !== typed || !form.isConnected) return;
  const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("effect");
  if (fresh) document.getElementById("effect").replaceWith(fresh);
  history.replaceState({}, "", address);
}

document.addEventListener("change", (event) => {
  if (event.target.id !== "keys") return;
  try {
    localStorage.setItem("keys", event.target.checked ? "on" : "off");
  } catch {
    // Without storage the keys just stay on.
  }
});

function leave() {
  const open = document.querySelector(".reject[open]");
  document.activeElement?.blur();
  if (open) {
    open.open = false;
    open.querySelector("summary").focus();
  }
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
  if (event.key === "Escape") leave();
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
  if (!keysWork()) return;
  if (FIELDS.includes(document.activeElement?.tagName) && document.activeElement.type !== "checkbox") return;
  const goal = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!goal) return;
  event.preventDefault();
  if (!document.documentElement.hasAttribute("data-busy")) goTo(goal);
});

addEventListener("popstate", () => show(location.href, {}, false));
arrive();
