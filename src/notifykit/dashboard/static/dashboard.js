"use strict";
// Everything works without this file; it keeps an open page up to date and stops second clicks.
(() => {
  const POLL = 15000;
  const PATIENCE = 10000;
  const known = new Map();
  const parts = () => document.querySelectorAll("[data-live]");
  const notice = document.getElementById("away");
  let busy = false;
  let source = null;
  let polling = null;
  let missing = null;

  const key = (element) =>
    element && (element.id || element.getAttribute("href") || element.getAttribute("name"));

  function swap(part, fresh) {
    const open = [...part.querySelectorAll("details")].map((each) => each.open);
    const focused = part.contains(document.activeElement) ? key(document.activeElement) : null;
    part.replaceChildren(...fresh.childNodes);
    part.querySelectorAll("details").forEach((each, place) => {
      each.open = open[place] ?? each.open;
    });
    if (focused) {
      [...part.querySelectorAll("a, button, input, select, summary")]
        .find((each) => key(each) === focused)
        ?.focus({ preventScroll: true });
    }
  }

  // What is shown is old, and must say so.
  const away = (is) => {
    notice.hidden = !is;
  };

  async function refresh() {
    if (document.hidden || busy) return;
    busy = true;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (answer.redirected || (400 <= answer.status && answer.status < 500)) {
        return location.reload(); // the visit is over, or what was shown is gone
      }
      away(!answer.ok);
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of parts()) {
        const fresh = page.getElementById(part.id);
        if (!fresh || known.get(part.id) === fresh.innerHTML) continue;
        known.set(part.id, fresh.innerHTML);
        swap(part, fresh);
      }
      document.documentElement.dataset.refreshed = Date.now();
    } catch {
      away(true);
    } finally {
      busy = false;
    }
  }

  function poll() {
    document.documentElement.dataset.live = "poll";
    polling ??= setInterval(refresh, POLL);
  }

  function listen() {
    if (document.hidden || source || polling) return;
    if (!window.EventSource) return poll();
    source = new EventSource(location.href);
    source.addEventListener("shown", refresh);
    source.addEventListener("changed", refresh);
    source.addEventListener("away", () => away(true));
    source.addEventListener("open", () => {
      document.documentElement.dataset.live = "stream";
      clearTimeout(missing);
      missing = null;
      if (!notice.hidden) refresh();
    });
    source.addEventListener("error", () => {
      // A stream ends now and then, and comes back in a second.
      missing ??= setTimeout(() => away(true), PATIENCE);
      if (source.readyState === EventSource.CLOSED) {
        hush();
        poll();
      }
    });
  }

  // A browser has six connections to us for all its tabs: those that nobody looks at need none.
  function hush() {
    clearTimeout(missing);
    missing = null;
    source?.close();
    source = null;
  }

  if (parts().length) {
    for (const part of parts()) known.set(part.id, part.innerHTML);
    listen();
    addEventListener("pageshow", listen);
    addEventListener("pagehide", hush);
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) hush();
      else if (polling) refresh();
      else listen();
    });
  }

  for (const form of document.querySelectorAll("form[data-once]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "yes";
      for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
    });
  }
  // Back from the next page the form may be used again.
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-disabled");
    }
  });

  for (const form of document.querySelectorAll("form[data-auto]")) {
    form.addEventListener("change", () => form.requestSubmit());
  }
})();
