/**
 * SHA-1 (FIPS 180-4) of a text in UTF-8, as 20 bytes. For derived ids only, never for security. Written out because
 * `node:crypto` cannot be bundled into a workflow (temporal.md 14).
 */
export function sha1(text: string): number[] {
  const message = padded(utf8(text));
  let state: State = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
  for (let offset = 0; offset < message.length; offset += 64) {
    state = compress(state, message.slice(offset, offset + 64));
  }
  return state.flatMap((word) => [
    word >>> 24,
    (word >>> 16) & 255,
    (word >>> 8) & 255,
    word & 255,
  ]);
}

type State = [number, number, number, number, number];

const rotate = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits));

function padded(bytes: number[]): number[] {
  const zeros = (119 - (bytes.length % 64)) % 64;
  const bits = bytes.length * 8;
  const length = [Math.floor(bits / 2 ** 32), bits >>> 0].flatMap((word) => [
    (word >>> 24) & 255,
    (word >>> 16) & 255,
    (word >>> 8) & 255,
    word & 255,
  ]);
  return [...bytes, 0x80, ...new Array<number>(zeros).fill(0), ...length];
}

function compress(state: State, block: number[]): State {
  const words = schedule(block);
  let [a, b, c, d, e] = state;
  for (let round = 0; round < 80; round++) {
    const [mixed, constant] = mix(round, b, c, d);
    const next = (rotate(a, 5) + mixed + e + constant + (words[round] ?? 0)) | 0;
    [e, d, c, b, a] = [d, c, rotate(b, 30), a, next];
  }
  const [h0, h1, h2, h3, h4] = state;
  return [(h0 + a) | 0, (h1 + b) | 0, (h2 + c) | 0, (h3 + d) | 0, (h4 + e) | 0];
}

function schedule(block: number[]): number[] {
  const at = (index: number): number => block[index] ?? 0;
  const words: number[] = [];
  for (let i = 0; i < 80; i++) {
    const word = (back: number): number => words[i - back] ?? 0;
    words.push(
      i < 16
        ? (at(4 * i) << 24) | (at(4 * i + 1) << 16) | (at(4 * i + 2) << 8) | at(4 * i + 3)
        : rotate(word(3) ^ word(8) ^ word(14) ^ word(16), 1),
    );
  }
  return words;
}

function mix(round: number, b: number, c: number, d: number): [number, number] {
  if (round < 20) return [(b & c) | (~b & d), 0x5a827999];
  if (round < 40) return [b ^ c ^ d, 0x6ed9eba1];
  if (round < 60) return [(b & c) | (b & d) | (c & d), 0x8f1bbcdc];
  return [b ^ c ^ d, 0xca62c1d6];
}

/** `TextEncoder` is there in workflows too, but types and realms differ; this has neither problem. */
function utf8(text: string): number[] {
  const bytes: number[] = [];
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000)
      bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else
      bytes.push(
        0xf0 | (code >> 18),
        0x80 | ((code >> 12) & 63),
        0x80 | ((code >> 6) & 63),
        0x80 | (code & 63),
      );
  }
  return bytes;
}
