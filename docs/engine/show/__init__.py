"""From results to text: values, pages, figures, tables, notebooks."""
