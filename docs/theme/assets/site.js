// The language switch: remembers the choice for the landing page, and stays on the section.
const language = document.documentElement.lang.slice(0, 2);
try { localStorage.setItem("language", language); } catch { /* storage may be switched off */ }

for (const link of document.querySelectorAll("a.language"))
  link.addEventListener("click", () => { link.hash = location.hash; });

// Names that Material leaves out and a screen reader needs.
document.querySelector(".md-search")?.setAttribute("aria-label", document.querySelector(".md-search__input").ariaLabel);
function name() {
  document.querySelectorAll("nav.md-code__nav").forEach((nav, i) => {
    nav.ariaLabel = `${nav.querySelector("button")?.title} ${i + 1}`;
  });
  for (const wrap of document.querySelectorAll(".md-typeset__scrollwrap:not([tabindex])")) wrap.tabIndex = 0;
}
name();
new MutationObserver(name).observe(document.body, { childList: true, subtree: true });

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
