// Tells the server that this page goes, or that it is still there: to the server, a page that lost
// its connection looks like one that was closed, and what it shows would be deleted.
(() => {
  const fetched = window.fetch;
  let session = "";

  // Gradio names the page by itself, and tells the name to the server alone: with every event.
  window.fetch = (asked, ...more) => {
    const named = /\/gradio_api\/queue\/data\?session_hash=([\w-]+)/.exec(String(asked?.url ?? asked));
    if (named) session = named[1];
    return fetched.call(window, asked, ...more);
  };

  const tell = (what) => session && navigator.sendBeacon(`/skindelta/${what}`, session);
  addEventListener("pagehide", () => tell("leave"));
  addEventListener("pageshow", (event) => event.persisted && location.reload());
  setInterval(() => tell("here"), 60_000);
})();
