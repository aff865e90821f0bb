// Runs before the first paint, so that a page in the reader's chosen theme never flashes the other one.
try {
  const choice = localStorage.getItem('theme');
  if (choice === 'light' || choice === 'dark') document.documentElement.dataset.theme = choice;
} catch {
  // Storage is closed to us: the system's theme stays.
}
