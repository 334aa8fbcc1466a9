// Which act a key stands for. Enter belongs to the button that has the focus, so it acts only from the list itself; every
// other key means the selected truck, also right after a click on a button of its row or of the bar.

/** `acts` {name: {code}}; `atRest`: the focus is on a row or nowhere. The name, or undefined. */
export function actOfKey(acts, { code, atRest }) {
  if (code === 'Enter' && !atRest) return undefined;
  return Object.keys(acts).find(name => acts[name].code === code);
}
