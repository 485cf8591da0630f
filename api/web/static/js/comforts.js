// Small comforts; every page works without them. Times in the reader's own zone, "busy" on a pressed button.
(function () {
  "use strict";

  function localTimes(root) {
    root.querySelectorAll("time[data-local]").forEach(function (node) {
      var at = new Date(node.dateTime);
      if (isNaN(at)) return;
      var parts = { weekday: "short", month: "short", day: "numeric", hour: "numeric", minute: "2-digit" };
      node.textContent = new Intl.DateTimeFormat("en-US", parts).format(at);
      node.removeAttribute("data-local");
    });
  }

  // A second press of "Pay" would be harmless, but nobody should have to wonder.
  document.addEventListener("submit", function (event) {
    var button = event.submitter;
    if (!button || !button.dataset.busy || event.defaultPrevented) return;
    button.textContent = button.dataset.busy;
    button.setAttribute("aria-disabled", "true");
    event.target.addEventListener("submit", function (again) { again.preventDefault(); });
  });

  // Coming back through the history shows the page as it was left: a button that still says "one moment".
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) window.location.reload();
  });

  document.querySelectorAll("select[data-submits]").forEach(function (select) {
    select.addEventListener("change", function () { select.form.requestSubmit(); });
  });

  // A form that waited for a sign-in goes on by itself, unless somebody has come back to it through the history.
  var waiting = document.querySelector("form[data-goes-on]");
  var arrived = performance.getEntriesByType("navigation")[0];
  if (waiting && arrived && arrived.type === "navigate") waiting.requestSubmit();

  // Filters stand open beside the plates where there is room; folded, they would hide behind a line.
  var wide = window.matchMedia("(min-width: 58rem)");
  document.querySelectorAll("details[data-wide-open]").forEach(function (fold) {
    if (wide.matches) fold.open = true;
  });

  // What a live part brings counts as read only where somebody can see it.
  document.addEventListener("htmx:config:request", function (event) {
    var asked = event.detail && event.detail.ctx && event.detail.ctx.request;
    if (asked && document.visibilityState === "visible") asked.headers["X-Visible"] = "1";
  });

  // A live part brings new times, or new words for a time that is here already.
  new MutationObserver(function () { localTimes(document); })
    .observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-local"] });
  localTimes(document);
})();
