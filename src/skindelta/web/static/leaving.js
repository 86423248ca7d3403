// Tells the server that this page goes, or that it is still there: to the server, a page that lost
// its connection looks like one that was closed, and what it shows would be deleted.
(() => {
  const fetched = window.fetch;
  let session = "";
  let dropped = () => {}; // ends the stream of answers

  // Gradio names the page by itself, and tells the name to the server alone: with every event.
  window.fetch = (asked, ...more) => {
    const url = String(asked?.url ?? asked);
    const named = /\/gradio_api\/queue\/data\?session_hash=([\w-]+)/.exec(url);
    if (url.includes("/gradio_api/upload_progress")) {
      (more[0]?.signal ?? asked?.signal)?.addEventListener("abort", () => dropped());
    }
    if (!named) return fetched.call(window, asked, ...more);
    session = named[1];
    return answers(asked, ...more);
  };

  // Fetch the stream of answers. When it hears that the stream closes, Gradio drops the newest of
  // its connections; once an upload has begun, that is another one, which then takes this along.
  async function answers(...asked) {
    const answer = await fetched.apply(window, asked);
    if (!answer.body) return answer;
    const source = answer.body.getReader();
    dropped = () => source.cancel();
    const passedOn = new ReadableStream({
      async pull(page) {
        const { value, done } = await source.read();
        if (done) page.close();
        else page.enqueue(value);
      },
      cancel: (reason) => source.cancel(reason),
    });
    return new Response(passedOn, answer);
  }

  const tell = (what) => session && navigator.sendBeacon(`/skindelta/${what}`, session);
  addEventListener("pagehide", () => tell("leave"));
  addEventListener("pageshow", (event) => event.persisted && location.reload());
  setInterval(() => tell("here"), 60_000);
})();
