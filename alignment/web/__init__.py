"""Pages, files and API over HTTP. ``app`` wires it; everything else here answers with bytes or HTML."""
