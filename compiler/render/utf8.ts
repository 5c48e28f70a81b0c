/** Returns the length of a text in UTF-8. */
export function utf8Bytes(text: string): number {
  // oxlint-disable-next-line no-control-regex -- the range is all of ASCII
  if (/^[\u0000-\u007F]*$/.test(text)) return text.length;
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    // Each half of a surrogate pair stands for two of its four bytes.
    if (unit >= 0x80) bytes += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2;
  }
  return bytes;
}
