/** The part of GraphQL that Fly's tools write: one operation, variables, aliases, arguments, fragments. */

export interface Field {
  readonly name: string;
  /** What the answer calls it. */
  readonly alias: string;
  readonly args: Readonly<Record<string, Value>>;
  readonly fields: readonly Field[];
}

export type Value =
  | { readonly variable: string }
  | { readonly literal: string | number | boolean | null }
  | { readonly list: readonly Value[] }
  | { readonly object: Readonly<Record<string, Value>> };

export interface Operation {
  readonly kind: "query" | "mutation";
  readonly fields: readonly Field[];
}

/** Throws a SyntaxError with a sentence for what isn't GraphQL. Source of the grammar: https://spec.graphql.org */
export function parseOperation(document: string): Operation {
  const tokens = tokenize(document);
  const fragments = new Map<string, readonly Selection[]>();
  let operation: { kind: Operation["kind"]; selections: readonly Selection[] } | undefined;
  const reader = createReader(tokens);
  while (!reader.atEnd()) {
    if (reader.peek() === "{") {
      operation ??= { kind: "query", selections: readSelections(reader) };
      continue;
    }
    const word = reader.next();
    if (word === "fragment") {
      const name = reader.next();
      reader.expect("on");
      reader.next();
      skipDirectives(reader);
      fragments.set(name, readSelections(reader));
    } else if (word === "query" || word === "mutation") {
      if (isName(reader.peek())) reader.next();
      if (reader.peek() === "(") skipBrackets(reader);
      skipDirectives(reader);
      operation ??= { kind: word, selections: readSelections(reader) };
    } else throw new SyntaxError(`Expected an operation, got ${word}`);
  }
  if (operation === undefined) throw new SyntaxError("Expected an operation");
  return { kind: operation.kind, fields: spread(operation.selections, fragments) };
}

type Selection =
  | (Omit<Field, "fields"> & { readonly selections: readonly Selection[] })
  | { readonly fragment: string }
  | { readonly inline: readonly Selection[] };

function spread(
  selections: readonly Selection[],
  fragments: ReadonlyMap<string, readonly Selection[]>,
): readonly Field[] {
  return selections.flatMap((selection) => {
    if ("inline" in selection) return spread(selection.inline, fragments);
    if ("fragment" in selection) {
      const meant = fragments.get(selection.fragment);
      if (meant === undefined) throw new SyntaxError(`Unknown fragment ${selection.fragment}`);
      return spread(meant, fragments);
    }
    const { selections: own, ...field } = selection;
    return [{ ...field, fields: spread(own, fragments) }];
  });
}

function readSelections(reader: Reader): readonly Selection[] {
  reader.expect("{");
  const selections: Selection[] = [];
  while (reader.peek() !== "}") selections.push(readSelection(reader));
  reader.expect("}");
  return selections;
}

function readSelection(reader: Reader): Selection {
  if (reader.peek() === "...") {
    reader.next();
    const isInline = reader.peek() === "{" || reader.peek() === "on" || reader.peek() === "@";
    if (!isInline) return { fragment: reader.next() };
    if (reader.peek() === "on") {
      reader.next();
      reader.next();
    }
    skipDirectives(reader);
    return { inline: readSelections(reader) };
  }
  const first = readName(reader);
  let name = first;
  if (reader.peek() === ":") {
    reader.next();
    name = readName(reader);
  }
  const args: Record<string, Value> = {};
  if (reader.peek() === "(") {
    reader.next();
    while (reader.peek() !== ")") {
      const key = readName(reader);
      reader.expect(":");
      args[key] = readValue(reader);
    }
    reader.next();
  }
  skipDirectives(reader);
  const selections = reader.peek() === "{" ? readSelections(reader) : [];
  return { name, alias: first, args, selections };
}

function readValue(reader: Reader): Value {
  const token = reader.next();
  if (token === "$") return { variable: readName(reader) };
  if (token === "[") {
    const list: Value[] = [];
    while (reader.peek() !== "]") list.push(readValue(reader));
    reader.next();
    return { list };
  }
  if (token === "{") {
    const object: Record<string, Value> = {};
    while (reader.peek() !== "}") {
      const key = readName(reader);
      reader.expect(":");
      object[key] = readValue(reader);
    }
    reader.next();
    return { object };
  }
  if (token.startsWith('"')) return { literal: JSON.parse(token) as string };
  if (/^-?\d/.test(token)) return { literal: Number(token) };
  if (token === "true" || token === "false") return { literal: token === "true" };
  if (token === "null") return { literal: null };
  if (isName(token)) return { literal: token };
  throw new SyntaxError(`Expected a value, got ${token}`);
}

/** `@include(if: …)` and the like change nothing here: Fly's tools write none that matter. */
function skipDirectives(reader: Reader): void {
  while (reader.peek() === "@") {
    reader.next();
    readName(reader);
    if (reader.peek() === "(") skipBrackets(reader);
  }
}

/** Declarations of variables say nothing that the variables don't. */
function skipBrackets(reader: Reader): void {
  let depth = 0;
  do {
    const token = reader.next();
    if (token === "(") depth += 1;
    if (token === ")") depth -= 1;
  } while (depth > 0);
}

function readName(reader: Reader): string {
  const name = reader.next();
  if (!isName(name)) throw new SyntaxError(`Expected a name, got ${name}`);
  return name;
}

function isName(token: string): boolean {
  return /^[A-Za-z_]\w*$/.test(token);
}

interface Reader {
  atEnd(): boolean;
  /** The next token; empty at the end. */
  peek(): string;
  next(): string;
  expect(token: string): void;
}

function createReader(tokens: readonly string[]): Reader {
  let at = 0;
  function next(): string {
    const token = tokens[at];
    if (token === undefined) throw new SyntaxError("Unexpected end of document");
    at += 1;
    return token;
  }
  return {
    atEnd: () => at >= tokens.length,
    peek: () => tokens[at] ?? "",
    next,
    expect(token) {
      const got = next();
      if (got !== token) throw new SyntaxError(`Expected ${token}, got ${got}`);
    },
  };
}

const TOKEN =
  /[\s,\uFEFF]+|#[^\n]*|(\.\.\.|[A-Za-z_]\w*|-?\d+(?:\.\d+)?|"(?:[^"\\]|\\.)*"|[!$(){}[\]:=@|&])/y;

function tokenize(document: string): readonly string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < document.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(document);
    if (match === null) throw new SyntaxError(`Unexpected character at ${at}`);
    if (match[1] !== undefined) tokens.push(match[1]);
  }
  return tokens;
}
