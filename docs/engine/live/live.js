// Loads a page again when it has changed (the browser keeps the scroll), and says how far an example has got.
const { seen } = document.currentScript.dataset;
let news;

function listen() {
  news?.close();
  if (document.visibilityState === "hidden") return; // a browser has few connections to spare
  news = new EventSource("/-/news?" + new URLSearchParams({ path: location.pathname, seen }));
  news.addEventListener("reload", () => location.reload());
  news.addEventListener("progress", (event) => {
    for (const [example, said] of Object.entries(JSON.parse(event.data)))
      for (const place of document.querySelectorAll(`.waiting[data-example="${example}"]`)) place.textContent = said;
  });
}
listen();
document.addEventListener("visibilitychange", listen);
addEventListener("pagehide", () => news?.close());
