// Which slips this browser has printed: the paper is out, so the next one has to say that it is another.
const key = 'gwanje.printed';
const countMax = 500;

function all() {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? [];
  } catch {
    return [];
  }
}

export const wasPrinted = number => all().includes(number);

export function rememberPrinted(number) {
  localStorage.setItem(key, JSON.stringify([number, ...all().filter(held => held !== number)].slice(0, countMax)));
}
