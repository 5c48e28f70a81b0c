import type { Random } from "./mutation-random.ts";
import { KEYS, PIECES, VALUES } from "./mutation-words.ts";

/** A change of a text; it may well be none. */
type TextMutation = (text: string, random: Random, words: readonly string[]) => string;

const SMALL: readonly [TextMutation, ...TextMutation[]] = [
  flipCharacter,
  insertPiece,
  deleteRange,
  duplicateRange,
  changeLines,
  indentLine,
  replaceValue,
  replaceValue,
  replaceValue,
  replaceKey,
  replaceWord,
  replaceWord,
  replaceNumber,
  addEntry,
  wholeText,
];

const LARGE: readonly [TextMutation, ...TextMutation[]] = [
  repeatUpTo,
  repeatUpTo,
  longValue,
  nest,
  nest,
  laugh,
  manyKeys,
  longKey,
];

/** Numbers and words in their places: most of what comes out is still a spec. */
const GENTLE: readonly [TextMutation, ...TextMutation[]] = [
  replaceNumber,
  replaceNumber,
  replaceNumber,
  replaceWord,
  dropEntry,
];

/** A text of this many characters isn't read; to change it further would only take time. */
const READABLE = 70_000;

export function mutateGently(text: string, random: Random, words: readonly string[]): string {
  return text.length > READABLE ? text : random.pick(GENTLE)(text, random, words);
}

/** One to four small changes one after the other. `words` are keys and values of valid specs. */
export function mutateText(text: string, random: Random, words: readonly string[]): string {
  if (text.length > READABLE) return flipCharacter(text, random);
  let mutated = text;
  for (let left = 1 + random.int(4); left > 0; left--)
    mutated = random.pick(SMALL)(mutated, random, words);
  return mutated;
}

/** A change that makes a text large or deep; up to 5 MB. */
export function blowUp(text: string, random: Random, words: readonly string[]): string {
  return random.pick(LARGE)(text, random, words);
}

function at(text: string, random: Random): number {
  return random.int(text.length + 1);
}

function flipCharacter(text: string, random: Random): string {
  const place = at(text, random);
  const code = (text.charCodeAt(place) || 0) ^ (1 << random.int(random.chance(0.1) ? 16 : 7));
  return text.slice(0, place) + String.fromCharCode(code) + text.slice(place + 1);
}

function insertPiece(text: string, random: Random): string {
  const place = at(text, random);
  return text.slice(0, place) + random.pick(PIECES) + text.slice(place);
}

function deleteRange(text: string, random: Random): string {
  const place = at(text, random);
  return text.slice(0, place) + text.slice(place + 1 + random.int(20));
}

function duplicateRange(text: string, random: Random): string {
  const [from, to] = [at(text, random), at(text, random)];
  const part = text.slice(Math.min(from, to), Math.max(from, to));
  const place = at(text, random);
  return text.slice(0, place) + part + text.slice(place);
}

function changeLines(text: string, random: Random): string {
  const lines = text.split("\n");
  const [a, b] = [random.int(lines.length), random.int(lines.length)];
  const [lineA = "", lineB = ""] = [lines[a], lines[b]];
  switch (random.int(5)) {
    case 0:
      lines.splice(a, 1);
      break;
    case 1:
      lines.splice(b, 0, lineA);
      break;
    case 2:
      lines[a] = lineB;
      lines[b] = lineA;
      break;
    case 3:
      lines.splice(a, 1 + random.int(5));
      break;
    default:
      return lines.join("\r\n");
  }
  return lines.join("\n");
}

function indentLine(text: string, random: Random): string {
  const lines = text.split("\n");
  const index = random.int(lines.length);
  const line = lines[index] ?? "";
  lines[index] = random.pick([` ${line}`, `  ${line}`, `\t${line}`, line.trimStart()]);
  return lines.join("\n");
}

/** Everything between a key's colon and the end of its line or the next comma. */
function replaceValue(text: string, random: Random): string {
  return replaceMatch(text, random, /: [^\n,}\]]*/g, () => `: ${random.pick(VALUES)}`);
}

function replaceKey(text: string, random: Random): string {
  return replaceMatch(text, random, /[a-z_]+:(?= |\n)/g, () => `${random.pick(KEYS)}:`);
}

/** Another word of the language, which may be right somewhere else. */
function replaceWord(text: string, random: Random, words: readonly string[]): string {
  return replaceMatch(text, random, /[A-Za-z_][\w.-]*/g, () => random.pickFrom(words) ?? "");
}

function replaceNumber(text: string, random: Random): string {
  const numbers = ["0", "1", "2", "3", "4", "10", "99", "100", "512", "600", "1000", "65535"];
  return replaceMatch(text, random, /\d+/g, () => random.pickFrom(numbers) ?? "0");
}

function dropEntry(text: string, random: Random): string {
  return replaceMatch(text, random, /[a-z_]+: [^\n,}{\]]*(, |\n)/g, () => "");
}

function addEntry(text: string, random: Random, words: readonly string[]): string {
  const lines = text.split("\n");
  const index = random.int(lines.length);
  const indent = /^ */.exec(lines[index] ?? "")?.[0] ?? "";
  const key = random.chance(0.5) ? random.pick(KEYS) : (random.pickFrom(words) ?? "");
  lines.splice(index, 0, `${indent}${key}: ${random.pick(VALUES)}`);
  return lines.join("\n");
}

function wholeText(text: string, random: Random): string {
  const cut = text.slice(0, at(text, random));
  return random.pick([
    "",
    "\n",
    "\ufeff",
    `\ufeff${text}`,
    `---\n${text}`,
    `${text}---\n${text}`,
    `%YAML 1.1\n---\n${text}`,
    `# ${text.replaceAll("\n", "\n# ")}`,
    text.replaceAll("\n", "\r"),
    text.replaceAll("  ", "\t"),
    text.replaceAll(/(?<=.)/gsu, "\0"),
    cut,
    text.slice(cut.length),
    random.pick(VALUES),
    JSON.stringify(text),
  ]);
}

function replaceMatch(
  text: string,
  random: Random,
  pattern: RegExp,
  replace: () => string,
): string {
  // The next from anywhere: a list of all would need more memory than what is tested.
  pattern.lastIndex = at(text, random);
  const match = pattern.exec(text) ?? pattern.exec(text);
  if (match === null) return text;
  return text.slice(0, match.index) + replace() + text.slice(match.index + match[0].length);
}

/** Up to the largest file that is read, a little above it, or 5 MB. */
function size(random: Random): number {
  return random.pick([1_000, 20_000, 60_000, 65_536, 65_537, 300_000, 5_000_000]);
}

function repeated(piece: string, characters: number): string {
  return piece.repeat(Math.ceil(characters / Math.max(1, piece.length)));
}

function repeatUpTo(text: string, random: Random): string {
  const characters = size(random);
  const line = random.pickFrom(text.split("\n")) ?? "";
  const piece = random.pick([
    `${line}\n`,
    `${random.pick(KEYS)}: ${random.pick(VALUES)}\n`,
    random.pick(PIECES),
    random.pick(VALUES),
    `${random.pick(PIECES)}${random.pick(PIECES)}`,
    `${random.pick(VALUES)}, `,
  ]);
  const place = at(text, random);
  return text.slice(0, place) + repeated(piece, characters) + text.slice(place);
}

function longValue(text: string, random: Random): string {
  const long = repeated(
    random.pick(["a", "9", "-", "é", "💥", "a b ", "{{", "$", "/a", "0"]),
    size(random),
  );
  const quoted = random.pick([long, `"${long}"`, `'${long}'`, `|\n  ${long}`, `[${long}]`]);
  return replaceMatch(text, random, /: [^\n,}\]]*/g, () => `: ${quoted}`);
}

function longKey(text: string, random: Random): string {
  const long = repeated(random.pick(["a", "é", "-"]), Math.min(size(random), 65_000));
  return replaceMatch(
    text,
    random,
    /[a-z_]+:(?= |\n)/g,
    () => `${random.pick(["", "? "])}${long}:`,
  );
}

function nest(text: string, random: Random): string {
  const depth = random.pick([8, 31, 33, 100, 5_000, 30_000, 1_000_000]);
  const open = random.pick(["[", "{ a: ", "- ", "? ", "[[", "{", "&a [", "!a "]);
  const close = open.startsWith("[") ? "]" : open.startsWith("{") ? "}" : "";
  const closed = random.chance(0.5) ? repeated(close, close.length * depth) : "";
  const blocks = Array.from({ length: Math.min(depth, 300) }, (_, i) => `${" ".repeat(i)}a:\n`);
  const nested = random.chance(0.2) ? `\n${blocks.join("")}` : open.repeat(depth) + closed;
  return replaceMatch(text, random, /: [^\n,}\]]*/g, () => `: ${nested}`);
}

/** "Billion laughs", and its relatives. */
function laugh(text: string, random: Random): string {
  const levels = 2 + random.int(40);
  const wide = 1 + random.int(10);
  const aliases = (level: number): string =>
    Array.from({ length: wide }, () => `*l${level}`).join(", ");
  const key = random.pick(["x", "environment", "command", "routes", "regions", "secrets"]);
  const lines = Array.from({ length: levels }, (_, level) =>
    level === 0 ? `l0: &l0 [lol]` : `l${level}: &l${level} [${aliases(level - 1)}]`,
  );
  const many = Array.from({ length: random.int(20_000) }, () => `*l0`).join(", ");
  const inside = random.pick([aliases(levels - 1), many, "&c [*c, *c]"]);
  return `${lines.join("\n")}\n${text}\n${key}: [${inside}]\n`;
}

function manyKeys(text: string, random: Random): string {
  const characters = size(random);
  const start = random.pick(["", "  ", "environment:\n  ", "ports:\n  ", "regions:\n  "]);
  const indent = start.endsWith("  ") ? "  " : "";
  const value = random.pick(["", "1", "x", "{}", "{ replicas: 1 }"]);
  const lines: string[] = [];
  for (let i = 0, length = 0; length < characters; i++) {
    const line = `${i.toString(36)}k: ${value}\n`;
    length += line.length + indent.length;
    lines.push(line);
  }
  const kept = random.chance(0.5)
    ? text
    : text.replaceAll(/^(environment|ports|regions):/gm, "x$1:");
  return `${kept}\n${start}${lines.join(indent)}`;
}
