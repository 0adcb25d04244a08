// What a browser adds to pages that work without it: a host in a drawer, filters that show at once, pages of a list in place,
// and work that is watched. Nothing is made from text: pages come from the server, and only their elements are moved.
"use strict";
(() => {
  const body = document.body;

  async function fetched(address) {
    const answer = await fetch(address, { headers: { Accept: "text/html" }, credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return { ok: answer.ok, page, main: page.querySelector("main") };
  }

  // A host in a drawer. The link stays a link: with a modifier key, or where anything fails, the page itself opens.
  let drawer = null;
  async function pullOut(link) {
    const { ok, main } = await fetched(link.href);
    if (!ok || !main) { location.href = link.href; return; }
    if (!drawer) {
      drawer = document.createElement("dialog");
      drawer.setAttribute("aria-label", "Host");
      body.append(drawer);
      drawer.addEventListener("click", (event) => { if (event.target === drawer) drawer.close(); });
    }
    const close = document.createElement("button");
    close.type = "button";
    close.className = "close plain";
    close.textContent = "Close";
    close.addEventListener("click", () => drawer.close());
    const whole = document.createElement("p");
    const open = document.createElement("a");
    open.href = link.href;
    open.textContent = "Open as a page";
    whole.append(open);
    drawer.replaceChildren(close, whole, ...Array.from(main.childNodes, (node) => document.importNode(node, true)));
    drawer.addEventListener("close", () => link.focus(), { once: true });
    drawer.showModal();
    drawer.scrollTop = 0;
  }

  // A page of a list, or another order of it, in place; the address follows.
  async function turn(address, keep, quiet) {
    const { ok, page, main } = await fetched(address);
    const here = document.querySelector("main");
    if (!ok || !main || !here) { location.href = address; return; }
    if (quiet && !main.querySelector("[data-running]")) { location.reload(); return; } // it is done: the head of the page may say so, too
    if (keep) history.pushState(null, "", address);
    document.title = page.title;
    const at = document.activeElement && document.activeElement.name;
    const id = quiet && document.activeElement && document.activeElement.id;
    here.replaceChildren(...Array.from(main.childNodes, (node) => document.importNode(node, true)));
    const again = at && here.querySelector(`[name="${CSS.escape(at)}"]`);
    if (again) { again.focus(); if (again.setSelectionRange && again.type === "search") again.setSelectionRange(again.value.length, again.value.length); }
    else if (id && document.getElementById(id)) document.getElementById(id).focus({ preventScroll: true });
    else if (!quiet) { here.focus({ preventScroll: true }); scrollTo(0, 0); }
    watch();
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a[href]");
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || link.hasAttribute("download")) return;
    if (link.classList.contains("host") && !link.closest("dialog")) { event.preventDefault(); pullOut(link); }
    else if (link.closest(".pager, .rows thead, .pills") && !link.closest("dialog")) { event.preventDefault(); turn(link.href, true); }
  });

  function address(form) {
    const said = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (value) said.append(name, value);
    const query = said.toString();
    return location.pathname + (query ? `?${query}` : "");
  }
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form.filters");
    if (form && event.target.tagName === "SELECT") turn(address(form), true);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("form.filters, form.turn")) { event.preventDefault(); turn(address(form), true); return; }
    if (form.method === "post") for (const button of form.querySelectorAll("button")) setTimeout(() => { button.disabled = true; });
  });
  addEventListener("popstate", () => turn(location.href, false));

  // Work that runs: the page is asked again until it is done.
  let waiting = 0;
  function watch() {
    clearTimeout(waiting);
    if (document.querySelector("[data-running]")) waiting = setTimeout(() => turn(location.href, false, true).catch(watch), 1000);
  }
  watch();
})();
