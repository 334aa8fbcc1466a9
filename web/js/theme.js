// Runs before the first paint: the remembered theme, and every [data-theme-toggle].
(() => {
  const root = document.documentElement;
  const remembered = localStorage.getItem('gwanje.theme');
  if (remembered === 'light' || remembered === 'dark') root.dataset.theme = remembered;
  document.addEventListener('click', event => {
    if (!event.target.closest('[data-theme-toggle]')) return;
    const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = dark ? 'light' : 'dark';
    localStorage.setItem('gwanje.theme', root.dataset.theme);
  });
})();
