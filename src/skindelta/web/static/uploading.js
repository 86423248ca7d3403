// Both places for a photo are called alike by Gradio; whoever only hears them must tell them apart.

new MutationObserver(() => {
  for (const which of ["before", "after"]) {
    const button = document.querySelector(`#${which}-file button.upload-container`);
    const name = `${which === "before" ? "Before" : "After"} photo: drop file here or click to upload`;
    if (button && button.ariaLabel !== name) button.ariaLabel = name;
  }
}).observe(document.documentElement, { childList: true, subtree: true });
