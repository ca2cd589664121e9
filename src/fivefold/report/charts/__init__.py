"""Pictures drawn by hand as SVG: small, sharp at any size, coloured by the page, and readable by a screen reader."""
