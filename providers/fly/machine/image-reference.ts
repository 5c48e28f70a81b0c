/** Several image references can name the same image: `repository:tag`, `repository@digest`, or both. */

interface ImageReference {
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

/** Tag and digest that Fly resolved a reference to. */
export interface ResolvedImage {
  readonly tag?: string | null | undefined;
  readonly digest?: string | null | undefined;
}

/** Says whether `live`, the `config.image` of a Machine, is the image that `desired` names: by digest, else by tag. */
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
