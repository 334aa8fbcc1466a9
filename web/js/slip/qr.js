// A QR code (ISO/IEC 18004) for short addresses: byte mode, level M, versions 1–6. Returns rows of booleans.

// version → [error words per block, blocks, data words per block]
const layout = [null, [10, 1, 16], [16, 1, 28], [26, 1, 44], [18, 2, 32], [24, 2, 43], [16, 4, 27]];

export function qr(text) {
  const bytes = new TextEncoder().encode(text);
  const version = layout.findIndex((row, index) => index > 0 && row[1] * row[2] >= bytes.length + 2);
  if (version < 1) throw new RangeError(`qr: ${bytes.length} bytes, at most ${layout[6][1] * layout[6][2] - 2}`);
  const words = interleaved(dataWords(bytes, version), version);
  const best = Array.from({ length: 8 }, (_, mask) => drawn(words, version, mask)).map(modules => ({ modules, cost: penalty(modules) }));
  return best.reduce((a, b) => b.cost < a.cost ? b : a).modules;
}

/** One path for a whole code: `M x y h1v1h-1z` per dark module, two modules of quiet zone: the paper is white. */
export function qrPath(text) {
  const modules = qr(text);
  let path = '';
  modules.forEach((row, y) => row.forEach((dark, x) => { if (dark) path += `M${x + 2} ${y + 2}h1v1h-1z`; }));
  return { path, size: modules.length + 4 };
}

// ── words ──

function dataWords(bytes, version) {
  const [, blocks, each] = layout[version];
  const bits = [];
  const put = (value, length) => { for (let bit = length - 1; bit >= 0; bit -= 1) bits.push(value >> bit & 1); };
  put(0b0100, 4);
  put(bytes.length, 8);
  for (const byte of bytes) put(byte, 8);
  put(0, Math.min(4, blocks * each * 8 - bits.length));
  while (bits.length % 8) bits.push(0);
  const words = [];
  for (let at = 0; at < bits.length; at += 8) words.push(bits.slice(at, at + 8).reduce((sum, bit) => sum * 2 + bit, 0));
  for (let pad = 0xec; words.length < blocks * each; pad ^= 0xec ^ 0x11) words.push(pad);
  return words;
}

function interleaved(words, version) {
  const [errorCount, blocks, each] = layout[version];
  const data = Array.from({ length: blocks }, (_, block) => words.slice(block * each, (block + 1) * each));
  const errors = data.map(block => remainder(block, errorCount));
  const woven = (rows, length) => Array.from({ length }, (_, at) => rows.map(row => row[at])).flat();
  return [...woven(data, each), ...woven(errors, errorCount)];
}

// Reed–Solomon over GF(256), x⁸+x⁴+x³+x²+1.
const power = [], logarithm = [];
for (let exponent = 0, value = 1; exponent < 255; exponent += 1) {
  power[exponent] = value;
  logarithm[value] = exponent;
  value = value * 2 ^ (value > 127 ? 0x11d : 0);
}
const times = (a, b) => a && b ? power[(logarithm[a] + logarithm[b]) % 255] : 0;

function remainder(data, count) {
  let generator = [1];
  for (let root = 0; root < count; root += 1) {
    const longer = [...generator, 0];
    generator.forEach((factor, at) => { longer[at + 1] ^= times(factor, power[root]); });
    generator = longer;
  }
  const rest = [...data, ...Array(count).fill(0)];
  for (let at = 0; at < data.length; at += 1) {
    const lead = rest[at];
    generator.forEach((factor, offset) => { rest[at + offset] ^= times(factor, lead); });
  }
  return rest.slice(data.length);
}

// ── modules ──

const masks = [
  (x, y) => (x + y) % 2, (x, y) => y % 2, x => x % 3, (x, y) => (x + y) % 3,
  (x, y) => (Math.floor(y / 2) + Math.floor(x / 3)) % 2, (x, y) => x * y % 2 + x * y % 3, (x, y) => (x * y % 2 + x * y % 3) % 2, (x, y) => ((x + y) % 2 + x * y % 3) % 2,
];

function drawn(words, version, mask) {
  const size = 17 + 4 * version;
  const modules = Array.from({ length: size }, () => Array(size).fill(null));
  const set = (x, y, dark) => { if (x >= 0 && y >= 0 && x < size && y < size) modules[y][x] = Boolean(dark); };
  const finder = (left, top) => {
    for (let dy = -1; dy <= 7; dy += 1) for (let dx = -1; dx <= 7; dx += 1) {
      const ring = Math.max(Math.abs(dx - 3), Math.abs(dy - 3));
      set(left + dx, top + dy, ring !== 2 && ring !== 4);
    }
  };
  finder(0, 0); finder(size - 7, 0); finder(0, size - 7);
  for (let at = 8; at < size - 8; at += 1) { set(at, 6, at % 2 === 0); set(6, at, at % 2 === 0); }
  if (version > 1) for (let dy = -2; dy <= 2; dy += 1) for (let dx = -2; dx <= 2; dx += 1) set(size - 7 + dx, size - 7 + dy, Math.max(Math.abs(dx), Math.abs(dy)) !== 1);
  drawFormat(set, size, mask);
  fill(modules, size, words, mask);
  return modules;
}

/** Level M is 00; fifteen bits with BCH, twice. */
function drawFormat(set, size, mask) {
  let rest = mask << 10;
  for (let bit = 14; bit >= 10; bit -= 1) if (rest >> bit & 1) rest ^= 0x537 << bit - 10;
  const format = (mask << 10 | rest) ^ 0x5412;
  const bit = at => format >> at & 1;
  for (let at = 0; at < 6; at += 1) set(8, at, bit(at));
  set(8, 7, bit(6)); set(8, 8, bit(7)); set(7, 8, bit(8));
  for (let at = 9; at < 15; at += 1) set(14 - at, 8, bit(at));
  for (let at = 0; at < 8; at += 1) set(size - 1 - at, 8, bit(at));
  for (let at = 8; at < 15; at += 1) set(8, size - 15 + at, bit(at));
  set(8, size - 8, true);
}

function fill(modules, size, words, mask) {
  let at = 0;
  for (let right = size - 1, up = true; right > 0; right -= 2, up = !up) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step += 1) {
      const y = up ? size - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (modules[y][x] !== null) continue;
        const bit = (words[at >> 3] ?? 0) >> 7 - (at & 7) & 1;
        modules[y][x] = Boolean(bit) !== (masks[mask](x, y) === 0);
        at += 1;
      }
    }
  }
}

/** Runs, blocks and balance; enough to keep large plain areas away. */
function penalty(modules) {
  const size = modules.length;
  let cost = 0, dark = 0;
  for (let y = 0; y < size; y += 1) {
    for (const at of [x => modules[y][x], x => modules[x][y]]) {
      let run = 1;
      for (let x = 1; x <= size; x += 1) {
        if (x < size && at(x) === at(x - 1)) { run += 1; continue; }
        if (run >= 5) cost += run - 2;
        run = 1;
      }
    }
    for (let x = 0; x < size; x += 1) {
      dark += modules[y][x];
      if (x && y && modules[y][x] === modules[y - 1][x] && modules[y][x] === modules[y][x - 1] && modules[y][x] === modules[y - 1][x - 1]) cost += 3;
    }
  }
  return cost + Math.floor(Math.abs(dark * 20 - size * size * 10) / (size * size)) * 10;
}
