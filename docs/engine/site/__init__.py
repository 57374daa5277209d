"""From text to a site: the build, MkDocs' events, and what `mkdocs serve` adds to them."""
