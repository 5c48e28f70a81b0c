/**
 * Returns one word of POSIX sh that stands for `text`, whatever characters it holds.
 *
 * @example shellQuote("it's"); // 'it'\''s'
 */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
