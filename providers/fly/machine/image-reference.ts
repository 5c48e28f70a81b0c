/** Image references name the same image in several ways: `repository:tag`, `repository@digest`, or both. */

interface ImageReference {
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

/** What Fly resolved the reference to. */
export interface ResolvedImage {
  readonly tag?: string | null | undefined;
  readonly digest?: string | null | undefined;
}

/** Does a Machine whose `config.image` is `live` run the image `desired` names? A digest decides, else the tag does. */
export function isSameImage(desired: string, live: string, resolved: ResolvedImage = {}): boolean {
  if (desired === live) return true;
  const want = parseImage(desired);
  const have = parseImage(live);
  if (want.repository !== have.repository) return false;
  if (want.digest !== undefined) return want.digest === (have.digest ?? resolved.digest);
  return (want.tag ?? "latest") === (have.tag ?? resolved.tag ?? "latest");
}

function parseImage(reference: string): ImageReference {
  const [name = "", digest] = reference.split("@", 2);
  // A colon before the last slash belongs to a registry's port.
  const colon = name.indexOf(":", name.lastIndexOf("/") + 1);
  return {
    repository: colon < 0 ? name : name.slice(0, colon),
    tag: colon < 0 ? undefined : name.slice(colon + 1),
    digest,
  };
}
