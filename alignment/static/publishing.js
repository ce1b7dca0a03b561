/* A marker goes where the cursor stands. Without this file the button asks the server, which puts it at the end. */
"use strict";

(() => {
  const text = document.querySelector(".compose textarea[name=text]");
  if (!text) return;
  for (const button of document.querySelectorAll("[data-insert]")) {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      const before = text.value.slice(0, text.selectionStart).replace(/\s*$/, "");
      const after = text.value.slice(text.selectionEnd).replace(/^\s*/, "");
      const head = before ? `${before}\n\n${button.dataset.insert}\n` : `${button.dataset.insert}\n`;
      text.value = after ? `${head}\n${after}` : head;
      text.focus();
      text.setSelectionRange(head.length, head.length);
    });
  }
})();
