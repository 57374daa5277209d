"""What authors write, as typed objects: examples, pages, the glossary."""
