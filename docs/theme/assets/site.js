// The language switch: remembers the choice for the landing page, and stays on the section.
const language = document.documentElement.lang.slice(0, 2);
try { localStorage.setItem("language", language); } catch { /* storage may be switched off */ }

for (const link of document.querySelectorAll("a.language"))
  link.addEventListener("click", () => { link.hash = location.hash; });

// Names that Material leaves out and a screen reader needs.
document.querySelector(".md-search")?.setAttribute("aria-label", document.querySelector(".md-search__input").ariaLabel);
function name() {
  document.querySelectorAll("pre:has(> code)").forEach((block, i) => { // not all have their buttons yet
    const nav = block.querySelector("nav");
    if (nav) nav.ariaLabel = `${nav.querySelector("button")?.title} ${i + 1}`;
  });
  for (const wrap of document.querySelectorAll(".md-typeset__scrollwrap:not([tabindex])")) wrap.tabIndex = 0;
}

// Copies are what was run, byte for byte: of one block, or of all up to there. Material copies what stands in
// data-clipboard-text; left to itself, it would drop the end of the last line.
const upToHere = document.querySelector("meta[name=copy-all]")?.content;
function offer() {
  let above = "";
  for (const block of document.querySelectorAll("article .highlight")) {
    const code = block.querySelector("code").textContent;
    const copy = block.querySelector("button[data-clipboard-target]:not([data-clipboard-text])");
    if (copy) {
      copy.dataset.clipboardText = code;
      if (block.matches(".language-python")) {
        const all = document.createElement("button");
        all.className = copy.className;
        all.dataset.mdType = "copy-above";
        all.dataset.clipboardText = above + code;
        all.title = all.ariaLabel = upToHere;
        copy.after(all);
      }
    }
    if (block.matches(".language-python")) above += code;
  }
}
function complete() { name(); offer(); }
complete();
new MutationObserver(complete).observe(document.body, { childList: true, subtree: true });

// On paper everything is open.
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details:not([open])")) {
    details.open = true;
    details.dataset.printed = "";
  }
});
addEventListener("afterprint", () => {
  for (const details of document.querySelectorAll("details[data-printed]")) {
    details.open = false;
    delete details.dataset.printed;
  }
});
