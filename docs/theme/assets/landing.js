// Remembers the language a reader chose, and takes her there the next time she arrives from elsewhere.
const KEY = "language";
const own = document.referrer.startsWith(location.origin + "/");
let remembered = null;
try { remembered = localStorage.getItem(KEY); } catch { /* storage may be switched off */ }
if (!own && (remembered === "en" || remembered === "zh")) location.replace(remembered + "/index.html");
