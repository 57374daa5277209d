// The language switch: remembers the choice for the landing page, and stays on the section.
const language = document.documentElement.lang.slice(0, 2);
try { localStorage.setItem("language", language); } catch { /* storage may be switched off */ }

for (const link of document.querySelectorAll("a.language"))
  link.addEventListener("click", () => { link.hash = location.hash; });

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
