export interface CompileOptions {
  /** `global` or a region of the spec. */
  readonly stack: string;
  /** The signals document, version 1, as parsed JSON. Undefined or null: none. `global` never reads it. */
  readonly signals?: unknown;
  /** RFC 3339; needed as soon as there are signals. */
  readonly now?: string;
  /** Names of the secrets that are set. Undefined: unknown, not checked. */
  readonly secrets?: readonly string[];
}
