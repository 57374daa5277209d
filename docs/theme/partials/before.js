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

// The index of the search is the heaviest file of all. It comes when someone turns to the search.
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

// A page opened from a disk may not start a worker, so the script of the search runs in a frame of its own.
if (location.protocol === "file:") {
  window.Worker = window.IFrameWorker = class extends EventTarget {
    constructor(url) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      document.body.append(frame);
      this.inside = frame.contentWindow;
      this.inside.postMessage = data => this.dispatchEvent(new MessageEvent("message", { data }));
      this.inside.importScripts = async (...urls) => { for (const each of urls) await this.load(each); };
      this.ready = this.load(url);
    }
    load(url) {
      return new Promise((resolve, reject) => {
        const script = this.inside.document.createElement("script");
        Object.assign(script, { src: url, onload: resolve, onerror: reject });
        this.inside.document.body.append(script);
      });
    }
    async postMessage(data) {
      await this.ready;
      this.inside.dispatchEvent(new MessageEvent("message", { data }));
    }
  };
}
