// Keys, and the next page without a flash. Everything works without this file, by forms and links.
"use strict";

const main = () => document.querySelector("main h1");
const FIELDS = ["INPUT", "TEXTAREA", "SELECT"];

function keysWork() {
  try {
    return localStorage.getItem("keys") !== "off";
  } catch {
    return true;
  }
}

async function show(address, options, push) {
  let answer;
  try {
    answer = await fetch(address, { credentials: "same-origin", ...options });
  } catch {
    document.body.insertAdjacentHTML(
      "afterbegin",
      '<p class="clash" role="alert">The page does not answer: is listkeeper review still running? Nothing was lost.</p>',
    );
    return;
  }
  const text = await answer.text();
  const fresh = new DOMParser().parseFromString(text, "text/html");
  document.title = fresh.title;
  document.body.replaceWith(fresh.body);
  if (push) history.pushState({}, "", answer.url);
  arrive();
}

function arrive() {
  scrollTo(0, 0);
  main()?.focus({ preventScroll: true });
  document.querySelector('aside [aria-current="true"]')?.scrollIntoView({ block: "nearest" });
  const box = document.getElementById("keys");
  if (box) box.checked = keysWork();
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
    if (form.method === "get") {
      await show(`${form.action}?${said}`, {}, true);
    } else {
      await show(form.action, { method: "POST", body: said }, true);
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

document.addEventListener("change", (event) => {
  if (event.target.id !== "keys") return;
  try {
    localStorage.setItem("keys", event.target.checked ? "on" : "off");
  } catch {
    // Without storage the keys just stay on.
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.activeElement?.blur();
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || !keysWork()) return;
  if (FIELDS.includes(document.activeElement?.tagName) && document.activeElement.type !== "checkbox") return;
  const key = CSS.escape(event.key);
  const goal =
    document.querySelector(`[data-key="${key}"]`) ?? document.querySelector(`[data-first="${key}"]`);
  if (!goal) return;
  event.preventDefault();
  if (FIELDS.includes(goal.tagName) || goal.dataset.first === event.key) goal.focus();
  else goal.click();
});

addEventListener("popstate", () => show(location.href, {}, false));
arrive();
