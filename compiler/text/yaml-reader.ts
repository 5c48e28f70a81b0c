import { Composer, Document, Lexer, Parser } from "yaml";
import type { CST } from "yaml";
import type { TextProblem } from "./diagnostic.ts";
import { duplicateKeys } from "./duplicate-keys.ts";
import type { FileWording } from "./limits.ts";
import { MAX_ALIASES, MAX_NESTING, findTextProblem, tooDeep, tooManyAliases } from "./limits.ts";

/** One broken bracket can lead to a mistake per character: reading stops here. */
const MOST_PROBLEMS = 50;

/**
 * Text → one YAML document, or what is wrong with it. What `parseDocument` of the library does, but bounded: time
 * grows with the text, neither depth nor anything else takes the stack, and duplicate keys aren't compared each with each.
 */
export function readYaml(
  text: string,
  wording: FileWording,
): { readonly document: Document } | { readonly problems: readonly TextProblem[] } {
  const unread = findTextProblem(text, wording);
  if (unread !== undefined) return { problems: [unread] };
  const { tokens, problems } = readTokens(text, wording);
  if (problems.length >= MOST_PROBLEMS || problems.some(({ code }) => code !== "E101"))
    return { problems };
  const document = compose(tokens, text, problems);
  return problems.length > 0 ? { problems } : { document };
}

/** The library's lexer starts a scalar's text with this. */
const SCALAR_FOLLOWS = "\u001F";

/** Ends early where the text is nested too deep, has too many aliases or too many mistakes. */
function readTokens(
  text: string,
  wording: FileWording,
): { tokens: CST.Token[]; problems: TextProblem[] } {
  const tokens: CST.Token[] = [];
  const problems: TextProblem[] = [];
  const parser = new Parser();
  const take = (token: CST.Token): void => {
    if (token.type !== "error") tokens.push(token);
    else problems.push(syntaxProblem(token.offset, token.message, text));
  };
  let aliases = 0;
  let earlier = "";
  for (const lexeme of new Lexer().lex(text)) {
    if (lexeme.startsWith("*") && earlier !== SCALAR_FOLLOWS && ++aliases > MAX_ALIASES)
      return { tokens, problems: [tooManyAliases(parser.offset)] };
    for (const token of parser.next(lexeme)) take(token);
    // The document itself is on the stack as well.
    if (parser.stack.length > MAX_NESTING + 1)
      return { tokens, problems: [tooDeep(parser.stack.at(-1)?.offset ?? 0, wording)] };
    if (problems.length >= MOST_PROBLEMS) return { tokens, problems };
    earlier = lexeme;
  }
  for (const token of parser.end()) take(token);
  return { tokens, problems };
}

/** Thrown through the library, which has no other way to be stopped. */
class TooMany extends Error {}

/** Adds to `problems` all that isn't as it should be. */
function compose(tokens: readonly CST.Token[], text: string, problems: TextProblem[]): Document {
  const composer = new Composer({
    version: "1.2",
    // Also where a file asks for 1.1: its sets, dates, bytes and merged keys stay off.
    schema: "core",
    resolveKnownTags: false,
    uniqueKeys: false,
    // Warnings become diagnostics; the library would print them.
    logLevel: "error",
  });
  // The library collects its mistakes as Errors with their stacks: too slow for a text that is full of them.
  composer["onError"] = (
    place: number | readonly number[] | { readonly offset: number },
    code: string,
    message: string,
  ): void => {
    problems.push(yamlProblem(offsetOf(place), code, message, text));
    if (problems.length >= MOST_PROBLEMS) throw new TooMany();
  };
  try {
    const [document = new Document(), second] = composer.compose(tokens, true, text.length);
    for (const { pos, code, message } of [...document.errors, ...document.warnings])
      problems.push(yamlProblem(pos[0], code, message, text));
    for (const offset of duplicateKeys(document.contents).slice(0, MOST_PROBLEMS))
      problems.push(yamlProblem(offset, "DUPLICATE_KEY", "", text));
    if (second !== undefined)
      problems.push(yamlProblem(second.range[0], "MULTIPLE_DOCS", "", text));
    return document;
  } catch (error) {
    if (!(error instanceof TooMany)) throw error;
    return new Document();
  }
}

function offsetOf(place: number | readonly number[] | { readonly offset: number }): number {
  if (typeof place === "number") return place;
  return "offset" in place ? place.offset : (place[0] ?? 0);
}

function yamlProblem(offset: number, code: string, message: string, text: string): TextProblem {
  switch (code) {
    case "DUPLICATE_KEY":
      return {
        code: "E102",
        offset,
        message: "the same key stands in this mapping already",
        hint: "Keep one of the two.",
      };
    case "TAB_AS_INDENT":
      return {
        code: "E103",
        offset,
        message: "a tab can't indent YAML",
        hint: "Indent with spaces.",
      };
    case "MULTIPLE_DOCS":
      return {
        code: "E104",
        offset,
        message: "a second document starts here",
        hint: "One document per file: move it to a file of its own.",
      };
    default:
      return syntaxProblem(offset, message, text);
  }
}

/** The library places some mistakes behind the end of the text. */
function syntaxProblem(offset: number, message: string, text: string): TextProblem {
  return {
    code: "E101",
    offset: Math.min(offset, text.length),
    message: `YAML: ${message}`,
    hint: "See https://yaml.org/spec/1.2.2/ for the syntax.",
  };
}
