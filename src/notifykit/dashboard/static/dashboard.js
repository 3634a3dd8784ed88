"use strict";
// Everything works without this file; it keeps an open page up to date and stops second clicks.
(() => {
  const POLL = 15000;
  const known = new Map();
  const parts = () => document.querySelectorAll("[data-live]");
  let busy = false;
  let stale = false;

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

  async function refresh() {
    if (document.hidden) {
      stale = true;
      return;
    }
    if (busy) return;
    busy = true;
    stale = false;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (answer.redirected) return location.reload(); // the visit is over
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
      // The server is away for a moment; the next word of it brings us back.
    } finally {
      busy = false;
    }
  }

  function listen() {
    let polling = null;
    const poll = () => {
      polling ??= setInterval(refresh, POLL);
    };
    if (!window.EventSource) return poll();
    const source = new EventSource(location.href);
    source.addEventListener("shown", refresh);
    source.addEventListener("changed", refresh);
    source.addEventListener("open", () => {
      document.documentElement.dataset.live = "stream";
    });
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) {
        document.documentElement.dataset.live = "poll";
        poll();
      }
    });
    addEventListener("pagehide", () => source.close());
  }

  if (parts().length) {
    for (const part of parts()) known.set(part.id, part.innerHTML);
    listen();
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && stale) refresh();
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
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  for (const form of document.querySelectorAll("form[data-auto]")) {
    form.addEventListener("change", () => form.requestSubmit());
  }
})();
