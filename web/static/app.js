// What the pages do without a round trip: keys, menus, ticks, and no form sent twice.
"use strict";

(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const typing = (target) => target.closest("input, textarea, select, [contenteditable]");
  const GO_WAITS_MS = 1200;
  let goUntil = 0;

  const focusSearch = () => {
    const box = $("#search");
    if (box) { box.focus(); box.select(); }
  };

  const rows = () => $$("table[data-rows] tbody tr");

  const moveRow = (step) => {
    const all = rows();
    if (!all.length) return;
    const at = all.findIndex((row) => row.classList.contains("on"));
    const next = all[Math.max(0, Math.min(all.length - 1, at + step))];
    all.forEach((row) => row.classList.remove("on"));
    next.classList.add("on");
    next.scrollIntoView({ block: "nearest" });
    const link = $("a", next);
    if (link) link.focus({ preventScroll: true });
  };

  const showKeys = () => {
    const dialog = $("#keys");
    if (dialog && !dialog.open) dialog.showModal();
  };

  const go = (key) => {
    const link = $(`[data-go="${CSS.escape(key)}"]`);
    if (link) window.location.assign(link.href);
  };

  const closeMenus = (except) => {
    $$("details.menu[open]").forEach((menu) => { if (menu !== except) menu.open = false; });
  };

  const clearHits = () => { const hits = $("#hits"); if (hits) hits.replaceChildren(); };

  const walkHits = (event) => {
    const links = $$("#hits a");
    if (!links.length) return false;
    const at = links.indexOf(document.activeElement);
    if (event.key === "ArrowDown") (links[at + 1] || links[0]).focus();
    else if (event.key === "ArrowUp" && at > 0) links[at - 1].focus();
    else if (event.key === "ArrowUp") focusSearch();
    else return false;
    event.preventDefault();
    return true;
  };

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      focusSearch();
      return;
    }
    if (event.target.closest(".find") && walkHits(event)) return;
    if (event.key === "Escape") { closeMenus(); clearHits(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (Date.now() < goUntil) { goUntil = 0; go(event.key); return; }
    if (event.key === "/") { event.preventDefault(); focusSearch(); }
    else if (event.key === "?") showKeys();
    else if (event.key === "g") goUntil = Date.now() + GO_WAITS_MS;
    else if (event.key === "j") moveRow(1);
    else if (event.key === "k") moveRow(-1);
  });

  // Paper shows everything: what is folded on the screen is opened for it.
  window.addEventListener("beforeprint", () => {
    $$("main details:not(.menu, .no-print)").forEach((one) => { one.open = true; });
  });

  document.addEventListener("click", (event) => {
    closeMenus(event.target.closest("details.menu"));
    if (!event.target.closest(".find")) clearHits();
    if (event.target.closest("[data-print]")) window.print();
    if (event.target.closest("[data-keys]")) showKeys();
    if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
  });

  document.addEventListener("change", (event) => {
    const all = event.target.closest("[data-tick-all]");
    if (all) $$(`input[name="${CSS.escape(all.dataset.tickAll)}"]`).forEach((box) => { box.checked = all.checked; });
    if (event.target.closest("[data-send]")) event.target.form.requestSubmit();
  });

  // A form is sent once: a second click on a slow act must not be a second act.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const words = form.dataset.confirm || (event.submitter && event.submitter.dataset.confirm);
    if (words && !window.confirm(words)) { event.preventDefault(); return; }
    // Not form.method: a field of that name, as a payment's, would stand in its place.
    if (form.getAttribute("method") !== "post") return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    form.setAttribute("aria-busy", "true");
    window.setTimeout(() => { $$("button", form).forEach((button) => { button.disabled = true; }); }, 0);
  });

  // Coming back with the Back button shows the page as it was left; its forms may be sent again.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;  // A page that is still coming in may have been sent from already.
    $$("form[data-sent]").forEach((form) => {
      delete form.dataset.sent;
      form.removeAttribute("aria-busy");
      $$("button", form).forEach((button) => { button.disabled = false; });
    });
  });
})();
