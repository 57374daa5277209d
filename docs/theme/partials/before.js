// What must be so before Material's own script runs.

// While a page opens, Material has the style of every element made five times more than it takes: it says on <html> that
// scripts run, adds a color-scheme to the head and fills it in, and forbids and allows transitions, as if a reader had
// switched the colours. Here the first is said before there is a page, the second is left to site.css, and the
// third waits for a reader.
document.documentElement.className = "js js-focus-visible";
HTMLHeadElement.prototype.appendChild = function (node) {
  return node.name === "color-scheme" ? node : Node.prototype.appendChild.call(this, node);
};
HTMLBodyElement.prototype.setAttribute = function (name, value) {
  if (name !== "data-md-color-switching") Element.prototype.setAttribute.call(this, name, value);
};
addEventListener("load", () => { delete HTMLBodyElement.prototype.setAttribute; });

// What Material makes when it is seen, it makes three screens ahead, so that whoever reads by keyboard finds it made.
window.IntersectionObserver = class extends IntersectionObserver {
  constructor(callback, options) { super(callback, { rootMargin: "300% 0%", ...options }); }
};

// It asks for a sitemap beside every page that is named in the head as another language's. There is none.
const others = document.querySelectorAll("link[rel=alternate]");
for (const link of others) link.rel = "alternate ";
addEventListener("load", () => { for (const link of others) link.rel = "alternate"; });

// The index of the search is the heaviest file of all. It comes when someone turns to the search, and so does the worker
// that reads it.
const wanted = new Promise(resolve => {
  if (/[?&][hq]=/.test(location.search)) resolve();
  for (const sign of ["focusin", "pointerover", "change"]) addEventListener(sign, ({ target }) => {
    if (target.closest?.(".md-search, [for=__search], #__search")) resolve();
  });
});
window.XMLHttpRequest = class extends XMLHttpRequest {
  open(method, url, ...rest) {
    this.ready = `${url}`.endsWith("/search_index.json") ? wanted : undefined;
    super.open(method, url, ...rest);
  }
  async send(body) {
    if (this.ready) await this.ready;
    super.send(body);
  }
};

const Thread = window.Worker;
window.Worker = window.IFrameWorker = class extends EventTarget {
  constructor(url) {
    super();
    const say = data => this.dispatchEvent(new MessageEvent("message", { data }));
    const start = location.protocol === "file:" ? inFrame : inThread;
    this.ready = wanted.then(() => start(url, say));
  }
  async postMessage(data) { (await this.ready)(data); }
};
function inThread(url, say) {
  const thread = new Thread(url);
  thread.onmessage = ({ data }) => say(data);
  return data => thread.postMessage(data);
}
// A page opened from a disk may not start a worker, so its script runs in a frame of its own.
async function inFrame(url, say) {
  const frame = document.createElement("iframe");
  frame.hidden = true;
  document.body.append(frame);
  const inside = frame.contentWindow;
  const load = src => new Promise((resolve, reject) => {
    const script = inside.document.createElement("script");
    Object.assign(script, { src, onload: resolve, onerror: reject });
    inside.document.body.append(script);
  });
  inside.postMessage = say;
  inside.importScripts = async (...urls) => { for (const each of urls) await load(each); };
  await load(url);
  return data => inside.dispatchEvent(new MessageEvent("message", { data }));
}
