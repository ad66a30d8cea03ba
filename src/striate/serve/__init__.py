"""A model looked at in the browser: an HTTP service of records, and the page that draws them."""
